//! A registry with lots to look up: filled through the same services as everybody uses, nothing by statements of its own.

use super::codes::{HOST, Keys, Sealed};
use anyhow::{Context, Result, anyhow};
use nguongoc::accounts::{self, Member, NewPassword, NewPerson, Official, Role, SignInName};
use nguongoc::app::{App, Changes, Clock, Random};
use nguongoc::chain::{self, By, Command, DeclareLot, Move, Pack, Receive, Ship};
use nguongoc::config::{Limits, Settings};
use nguongoc::kernel::{LotId, PartyId, PlaceId, ProductId, Quantity, Unit};
use nguongoc::keys::Keyring;
use nguongoc::parties::{self, Document};
use nguongoc::places::{self, PlaceDraft};
use nguongoc::products::{self, ProductDraft};
use nguongoc::store::Store;
use std::path::Path;
use std::sync::Arc;

/// A lot to look up.
pub(crate) struct Sample {
    /// Its short code.
    pub(crate) short: String,
    /// Its code, signed.
    pub(crate) sealed: Sealed,
}

/// The shared parts of a registry over the database at `url`, with limits that stop nobody.
pub(crate) async fn app(url: &str, folder: &Path, workers: usize, keys: &Keys) -> Result<App> {
    let settings = Settings {
        database: Some(url.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(folder.to_owned()),
        code_host: Some(HOST.to_owned()),
        workers: Some(workers),
        ..Settings::default()
    };
    let mut config = settings.resolve()?;
    let plenty = 1_000_000_000;
    config.limits = Limits { public_per_second: plenty, sign_in_per_minute: plenty, forms_per_hour: plenty };
    Ok(App {
        config,
        store: Store::open(url).await?,
        clock: Clock::System,
        random: Random::System,
        keys: Keyring::new(Vec::new(), Some(keys.opened()?)),
        changes: Changes::new(),
    })
}

/// Migrates an empty database and fills it with `count` lots, each declared, packed, shipped, received and sold, with its code.
pub(crate) async fn fill(app: &App, count: usize) -> Result<Vec<Sample>> {
    app.store.migrate().await?;
    let officer = Official { person: person(app, "officer", Role::Officer, None).await?, role: Role::Officer };
    let farm = party(app, &officer, "cooperative", "Hợp tác xã rau an toàn Đồng Mẫu", "0100233488").await?;
    let shop = party(app, &officer, "shop", "Cửa hàng nông sản Phố Mẫu", "0100112437").await?;
    let farmer = member(app, "farmer", farm).await?;
    let seller = member(app, "seller", shop).await?;
    let field = place(app, &farmer, "plot", "Ruộng rau số 1").await?;
    let packhouse = place(app, &farmer, "packhouse", "Nhà sơ chế").await?;
    let counter = place(app, &seller, "shop", "Quầy rau").await?;
    let product = product(app, &farmer).await?;
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let lot = journey(app, &farmer, &seller, [field, packhouse, counter], product).await?;
        samples.push(sample(app, &farmer, lot).await?);
    }
    Ok(samples)
}

async fn journey(
    app: &App,
    farmer: &Member,
    seller: &Member,
    [field, packhouse, counter]: [PlaceId; 3],
    product: ProductId,
) -> Result<LotId> {
    let quantity = said(Quantity::new(120_000, Unit::Gram))?;
    let (farm, shop) = (By::own(*farmer), By::own(*seller));
    let begun = DeclareLot { product, place: field, when: None, quantity, code: None, variety: None, note: None };
    let lot = chain::record(app, &farm, Command::Declare(begun)).await?.lot.id;
    let at = |place| Move { lot, place, quantity, when: None, note: None };
    let pack = Pack { what: at(packhouse), expires_on: None, pack_size: None };
    chain::record(app, &farm, Command::Pack(pack)).await?;
    let ship = Ship { what: at(packhouse), to: seller.party, document: None, vehicle: None };
    let shipment = chain::record(app, &farm, Command::Ship(ship)).await?.event;
    let receipt = Receive { shipment, place: counter, quantity, when: None, note: None };
    chain::record(app, &shop, Command::Receive(receipt)).await?;
    chain::record(app, &shop, Command::Sell(at(counter))).await?;
    Ok(lot)
}

fn said<T, E: std::fmt::Debug>(outcome: Result<T, E>) -> Result<T> {
    outcome.map_err(|problem| anyhow!("{problem:?}"))
}

async fn person(
    app: &App,
    name: &str,
    role: Role,
    party: Option<PartyId>,
) -> Result<nguongoc::kernel::PersonId> {
    let sign_in = said(SignInName::parse(name))?;
    let new = NewPerson {
        name: said(nguongoc::kernel::Line::parse(name))?,
        password: said(NewPassword::parse("một câu dài dễ nhớ", &sign_in))?,
        role,
        party,
        sign_in,
    };
    Ok(accounts::add_person(app, None, &new).await?)
}

async fn member(app: &App, name: &str, party: PartyId) -> Result<Member> {
    let person = person(app, name, Role::Manager, Some(party)).await?;
    Ok(Member { person, party, role: Role::Manager })
}

async fn party(app: &App, by: &Official, kind: &str, name: &str, tax: &str) -> Result<PartyId> {
    let draft = parties::Draft {
        kind: kind.to_owned(),
        name: name.to_owned(),
        tax_number: tax.to_owned(),
        commune: "00004".to_owned(),
        address: "Số 1 đường Mẫu".to_owned(),
        ..parties::Draft::default()
    };
    let new = said(draft.party())?;
    let paper = said(Document::read(b"%PDF-1.4\n%%EOF\n".to_vec()).await)?;
    Ok(parties::register(app, by, &new, &paper).await?)
}

async fn place(app: &App, by: &Member, kind: &str, name: &str) -> Result<PlaceId> {
    let draft = PlaceDraft {
        kind: kind.to_owned(),
        name: name.to_owned(),
        commune: "00004".to_owned(),
        ..PlaceDraft::default()
    };
    Ok(places::add(app, by, &said(draft.parse())?).await?.id)
}

async fn product(app: &App, by: &Member) -> Result<ProductId> {
    let draft = ProductDraft {
        gtin: super::codes::gtin()?,
        group: "vegetable".to_owned(),
        name: "Rau muống an toàn".to_owned(),
        name_en: "Water spinach".to_owned(),
        brand: "Đồng Mẫu".to_owned(),
        shelf_life_days: "5".to_owned(),
        storage: "Bảo quản nơi thoáng mát, 10–15 °C".to_owned(),
        standards: "VietGAP".to_owned(),
        packaging: "Túi nhựa PE".to_owned(),
        disposal: "Bỏ vào thùng rác tái chế".to_owned(),
        ..ProductDraft::default()
    };
    Ok(products::add(app, by, &said(draft.parse())?).await?.id)
}
