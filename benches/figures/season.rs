//! A registry with lots to look up: filled through the same services as everybody uses, nothing by statements of its own.

use super::codes::HOST;
use anyhow::{Context, Result, anyhow};
use nguongoc::accounts::{self, Member, NewPassword, NewPerson, Official, Role, SignInName};
use nguongoc::app::{App, Clock, Random};
use nguongoc::chain::{self, By, Command, DeclareLot, Move, Pack, Receive, Ship};
use nguongoc::codes::{self, Issued};
use nguongoc::config::{Limits, Settings};
use nguongoc::custody::{self, Root, Seal};
use nguongoc::kernel::{PartyId, PlaceId, ProductId, Quantity, Unit};
use nguongoc::keys::{Keys, SecretKey};
use nguongoc::parties::{self, Document};
use nguongoc::places::{self, PlaceDraft};
use nguongoc::products::{self, ProductDraft};
use nguongoc::store::Store;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Events of each lot.
pub(crate) const STAGES: usize = 5;
/// The file of the passphrase, in the data folder.
pub(crate) const PASSPHRASE: &str = "passphrase.txt";

/// The shared parts of a registry over the database at `url`, with limits that stop nobody. `secrets` are keys that were
/// unsealed before, so that a server under measurement does not unseal them again.
pub(crate) async fn app(url: &str, folder: &Path, secrets: Vec<SecretKey>) -> Result<App> {
    let settings = Settings {
        database: Some(url.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(folder.to_owned()),
        code_host: Some(HOST.to_owned()),
        key_passphrase_file: Some(folder.join(PASSPHRASE)),
        workers: Some(1),
        ..Settings::default()
    };
    let mut config = settings.resolve()?;
    let plenty = 1_000_000_000;
    config.limits = Limits { public_per_second: plenty, sign_in_per_minute: plenty, forms_per_hour: plenty };
    let store = Store::open(url).await?;
    Ok(App::new(config, store, Clock::System, Random::System, Keys::holding(secrets)))
}

/// Migrates an empty database and fills it with `count` lots, each declared, packed, given its code, shipped, received and sold.
pub(crate) async fn fill(app: &App, count: usize, work_factor: u8) -> Result<Vec<Issued>> {
    app.store.migrate().await?;
    begin_keys(app, work_factor).await?;
    let officer =
        Official { person: person(app, "officer", Role::Officer, None).await?, role: Role::Officer };
    let farm = party(app, &officer, "cooperative", "Hợp tác xã rau an toàn Đồng Mẫu", "9900001073").await?;
    let shop = party(app, &officer, "shop", "Cửa hàng nông sản Phố Mẫu", "9900001147").await?;
    let farmer = member(app, "farmer", farm).await?;
    let seller = member(app, "seller", shop).await?;
    let field = place(app, &farmer, "plot", "Ruộng rau số 1").await?;
    let packhouse = place(app, &farmer, "packhouse", "Nhà sơ chế").await?;
    let counter = place(app, &seller, "shop", "Quầy rau").await?;
    let product = product(app, &farmer).await?;
    let mut codes = Vec::with_capacity(count);
    for _ in 0..count {
        codes.push(journey(app, &farmer, &seller, [field, packhouse, counter], product).await?);
    }
    Ok(codes)
}

/// The first keys, sealed with so much work.
async fn begin_keys(app: &App, work_factor: u8) -> Result<()> {
    let passphrase = "một câu dài dễ nhớ mà khó đoán";
    let file = app.config.passphrase_file.as_ref().context("a file")?;
    fs::create_dir_all(&app.config.data)?;
    fs::write(file, passphrase)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    let seal = Seal { passphrase: passphrase.to_owned().into(), work_factor };
    custody::begin(app, None, Root::Kept, &seal).await?;
    // Waits for the keys to be opened: a service does it in the background.
    custody::refresh(app).await?;
    Ok(())
}

/// A packhouse that sends documents.
pub(crate) struct Farm {
    pub(crate) member: Member,
    /// The number of its product.
    pub(crate) product: String,
    /// The URI of its place.
    pub(crate) place: String,
    /// The URI of whom it sends to.
    pub(crate) buyer: String,
    /// Today.
    pub(crate) day: String,
}

/// A packhouse and its buyer, in an empty registry.
pub(crate) async fn farm(app: &App) -> Result<Farm> {
    let officer =
        Official { person: person(app, "officer", Role::Officer, None).await?, role: Role::Officer };
    let farm = party(app, &officer, "cooperative", "Hợp tác xã rau an toàn Đồng Mẫu", "9900001073").await?;
    let shop = party(app, &officer, "shop", "Cửa hàng nông sản Phố Mẫu", "9900001147").await?;
    let member = member(app, "farmer", farm).await?;
    let place = place(app, &member, "packhouse", "Nhà sơ chế").await?;
    let product = product(app, &member).await?;
    let (place, product) = app
        .store
        .read(async |tx| {
            let place = places::place(tx, place).await?;
            let product = products::product(tx, product).await?;
            Ok::<_, nguongoc::store::StoreError>((place, product))
        })
        .await?;
    Ok(Farm {
        member,
        product: product.context("the product")?.number.to_string(),
        place: nguongoc::events::uri::place(HOST, &place.context("the place")?),
        buyer: nguongoc::events::uri::party(HOST, None, shop),
        day: app.clock.now().day().plus_days(-1).to_string(),
    })
}

async fn journey(
    app: &App,
    farmer: &Member,
    seller: &Member,
    [field, packhouse, counter]: [PlaceId; 3],
    product: ProductId,
) -> Result<Issued> {
    let quantity = said(Quantity::new(120_000, Unit::Gram))?;
    let (farm, shop) = (By::own(*farmer), By::own(*seller));
    let begun = DeclareLot {
        product,
        place: Some(field),
        when: None,
        quantity,
        code: None,
        variety: None,
        note: None,
    };
    let lot = chain::record(app, &farm, Command::Declare(begun)).await?.lot.id;
    let at = |place| Move::of(lot, quantity, place);
    let pack = Pack { what: at(packhouse), expires_on: None, pack_size: None, certificates: Vec::new() };
    chain::record(app, &farm, Command::Pack(pack)).await?;
    let issued = codes::issue(app, &farm, lot).await?;
    let ship =
        Ship { what: at(packhouse), to: Some(seller.party), document: None, vehicle: None, back: false };
    let shipment = chain::record(app, &farm, Command::Ship(ship)).await?.event;
    let receipt = Receive {
        shipment: Some(shipment),
        from: None,
        lots: Vec::new(),
        place: Some(counter),
        when: None,
        note: None,
    };
    chain::record(app, &shop, Command::Receive(receipt)).await?;
    chain::record(app, &shop, Command::Sell(at(counter))).await?;
    Ok(issued)
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
    Ok(chain::add_place(app, by, &said(draft.parse())?).await?.id)
}

async fn product(app: &App, by: &Member) -> Result<ProductId> {
    let draft = ProductDraft {
        gtin: super::codes::gtin()?.to_string(),
        group: "rau".to_owned(),
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
    Ok(nguongoc::chain::add_product(app, by, &said(draft.parse())?).await?.id)
}
