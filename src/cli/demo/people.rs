//! The sample's people, firms, places and products, entered through the same use cases as everybody's.

use super::drawings;
use super::sample::{self, FirmRow, PlaceRow, ProductRow, paper};
use crate::accounts::{self, Member, NewPassword, NewPerson, Official, OneTimeCode, Role, SignInName};
use crate::app::App;
use crate::chain;
use crate::kernel::{Line, PartyId, PersonId, PlaceId, ProductId, Unit};
use crate::parties::{self, Document, Draft, MandateDraft, Signatory};
use crate::places::PlaceDraft;
use crate::products::{self, ProductDraft};
use anyhow::{Context, Result, anyhow};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

/// The password of everybody in the sample: the data is fictional, and the way in is printed at start.
pub(super) const PASSWORD: &str = "mau-thu-nguon-goc";

/// Which co-operative records for a household that has no account.
pub(super) const MANDATES: [(&str, &str); 2] = [("hobay", "vanxanh"), ("hosau", "songdao")];

/// A product of the sample, as the season needs it.
#[derive(Clone, Debug)]
pub(super) struct SampleProduct {
    pub(super) id: ProductId,
    pub(super) firm: String,
    pub(super) name: String,
    /// The name of the product that it is made of; empty for one that begins as itself.
    pub(super) made_of: String,
    pub(super) unit: Unit,
    pub(super) shelf_life_days: i32,
}

/// Everybody and everything that the season needs.
pub(super) struct Cast {
    pub(super) officer: Official,
    pub(super) inspector: Official,
    pub(super) firms: HashMap<String, Firm>,
    pub(super) products: Vec<SampleProduct>,
}

/// A firm of the sample.
pub(super) struct Firm {
    pub(super) party: PartyId,
    /// Who records for it: its own clerk or manager, or its co-operative's.
    pub(super) recorder: Member,
    /// Where lots begin.
    pub(super) origins: Vec<PlaceId>,
    /// Where goods are packed, kept or sold.
    pub(super) works: Vec<PlaceId>,
}

impl Cast {
    pub(super) fn firm(&self, key: &str) -> Result<&Firm> {
        self.firms.get(key).ok_or_else(|| anyhow!("no sample firm: {key}"))
    }
}

/// Enters people, firms, places and products. `tick` is called after each.
pub(super) async fn enter(app: &App, tick: &dyn Fn()) -> Result<Cast> {
    let officer = official(app, "canbo", "Cán bộ Mẫu", Role::Officer).await?;
    let inspector = official(app, "thanhtra", "Thanh tra Mẫu", Role::Inspector).await?;
    official(app, "quantri", "Quản trị Mẫu", Role::Administrator).await?;
    let mut cast = Cast { officer, inspector, firms: HashMap::new(), products: Vec::new() };
    let rows = sample::firms()?;
    for (number, row) in (1_u32..).zip(rows.iter().filter(|row| row.kind != "household")) {
        let firm =
            enter_firm(app, officer, number, row).await.with_context(|| format!("firm {}", row.key))?;
        cast.firms.insert(row.key.clone(), firm);
        tick();
    }
    for row in rows.iter().filter(|row| row.kind == "household") {
        let firm =
            enter_household(app, &cast, row).await.with_context(|| format!("household {}", row.key))?;
        cast.firms.insert(row.key.clone(), firm);
        tick();
    }
    for row in sample::places()? {
        enter_place(app, &mut cast, &row).await.with_context(|| format!("place {}", row.name))?;
        tick();
    }
    for (seed, row) in (0_u8..).zip(sample::products()?) {
        enter_product(app, &mut cast, seed, &row).await.with_context(|| format!("product {}", row.name))?;
        tick();
    }
    // From here on the co-operatives' clerks record, as they do in life.
    for row in rows.iter().filter(|row| row.kind == "cooperative") {
        let manager = cast.firm(&row.key)?.recorder;
        let code = accounts::invite(app, &manager, Role::Clerk).await?;
        let clerk =
            sign_up(app, &code, &format!("{}.ghi", row.key), &format!("Người ghi {}", row.name)).await?;
        let clerk = Member { person: clerk, role: Role::Clerk, ..manager };
        for firm in cast.firms.values_mut().filter(|firm| firm.recorder.party == manager.party) {
            firm.recorder = clerk;
        }
    }
    Ok(cast)
}

async fn official(app: &App, sign_in: &str, name: &str, role: Role) -> Result<Official> {
    let sign_in = SignInName::parse(sign_in)?;
    let person = NewPerson {
        name: <Line>::parse(name)?,
        password: NewPassword::parse(PASSWORD, &sign_in)?,
        role,
        party: None,
        sign_in,
    };
    Ok(Official { person: accounts::add_person(app, None, &person).await?, role })
}

fn draft(number: u32, row: &FirmRow) -> Draft {
    Draft {
        kind: row.kind.clone(),
        name: row.name.clone(),
        tax_number: row.tax_number.clone(),
        commune: row.commune.clone(),
        address: row.address.clone(),
        gln: row.gln.clone(),
        consent: row.consent == "yes",
        contact_name: format!("Người liên hệ mẫu {number}"),
        contact_phone: format!("0900 000 0{number:02}"),
        ..Draft::default()
    }
}

/// Applies, is approved, signs up with the code that the officer hands over.
async fn enter_firm(app: &App, officer: Official, number: u32, row: &FirmRow) -> Result<Firm> {
    let (new, contact) = draft(number, row).application()?;
    let document = Document::read(paper(&row.key)).await?;
    let application = parties::apply(app, &new, &contact, &document).await?;
    let code = parties::approve(app, &officer, application).await?;
    let party = parties::details(app, &officer, application).await?.application.party.id;
    let person = sign_up(app, &code, &row.key, &format!("Quản lý {}", row.name)).await?;
    let recorder = Member { person, party, role: Role::Manager };
    Ok(Firm { party, recorder, origins: Vec::new(), works: Vec::new() })
}

/// Registered by the officer on paper; its co-operative records for it under a mandate.
async fn enter_household(app: &App, cast: &Cast, row: &FirmRow) -> Result<Firm> {
    let new = draft(0, row).party()?;
    let document = Document::read(paper(&row.key)).await?;
    let party = parties::register(app, &cast.officer, &new, &document).await?;
    let holder = MANDATES.iter().find(|(household, _)| *household == row.key);
    let holder = cast.firm(holder.map(|(_, holder)| *holder).unwrap_or_default())?;
    let today = app.clock.now().day();
    let mandate = MandateDraft {
        holder: holder.party.to_string(),
        from: today.to_string(),
        to: today.plus_days(365).to_string(),
        ..MandateDraft::default()
    };
    let signed = Document::read(paper(&format!("mandate of {}", row.key))).await?;
    parties::give_mandate(app, &Signatory::from(&cast.officer), party, &mandate.parse(today)?, &signed)
        .await?;
    Ok(Firm { party, recorder: holder.recorder, origins: Vec::new(), works: Vec::new() })
}

async fn sign_up(app: &App, code: &OneTimeCode, sign_in: &str, name: &str) -> Result<PersonId> {
    let sign_in = SignInName::parse(sign_in)?;
    let password = NewPassword::parse(PASSWORD, &sign_in)?;
    let name: Line = Line::parse(name)?;
    let source = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Ok(accounts::sign_up(app, code, &sign_in, &name, &password, source).await?)
}

async fn enter_place(app: &App, cast: &mut Cast, row: &PlaceRow) -> Result<()> {
    let firm = cast.firms.get_mut(&row.firm).ok_or_else(|| anyhow!("no sample firm: {}", row.firm))?;
    let with_code = |text: &str| if row.planting_code.is_empty() { String::new() } else { text.to_owned() };
    let draft = PlaceDraft {
        kind: row.kind.clone(),
        name: row.name.clone(),
        commune: row.commune.clone(),
        point: format!("{}, {}", row.latitude, row.longitude),
        area: if row.area_m2.is_empty() { String::new() } else { format!("{} m2", row.area_m2) },
        planting_code: with_code(&row.planting_code),
        planting_code_issuer: with_code("Cơ quan cấp mã mẫu"),
        ..PlaceDraft::default()
    };
    let recorder = parties::stand_in(app, &firm.recorder, firm.party).await?;
    let place = chain::add_place(app, &recorder, &draft.parse()?).await?;
    let begins = matches!(row.kind.as_str(), "plot" | "greenhouse" | "barn" | "pond");
    if begins {
        firm.origins.push(place.id);
    } else {
        firm.works.push(place.id);
    }
    Ok(())
}

async fn enter_product(app: &App, cast: &mut Cast, seed: u8, row: &ProductRow) -> Result<()> {
    let firm = cast.firm(&row.firm)?;
    let draft = ProductDraft {
        gtin: row.gtin.clone(),
        group: row.group.clone(),
        crop: row.crop.clone(),
        name: row.name.clone(),
        name_en: row.name_en.clone(),
        unit: row.unit.clone(),
        shelf_life_days: row.shelf_life_days.clone(),
        storage: row.storage.clone(),
        standards: "Quy trình mẫu (dữ liệu hư cấu)".to_owned(),
        packaging: "Túi PE mỏng, nhãn giấy".to_owned(),
        disposal: "Rửa sạch túi, bỏ vào thùng rác tái chế nhựa; nhãn giấy bỏ riêng".to_owned(),
        ..ProductDraft::default()
    };
    let recorder = parties::stand_in(app, &firm.recorder, firm.party).await?;
    let product = chain::add_product(app, &recorder, &draft.parse()?).await?;
    let picture = drawings::draw(&row.drawing, seed)?;
    products::add_picture(app, &recorder, product.id, picture).await?;
    cast.products.push(SampleProduct {
        id: product.id,
        firm: row.firm.clone(),
        name: row.name.clone(),
        made_of: row.made_of.clone(),
        unit: product.unit,
        shelf_life_days: row.shelf_life_days.parse()?,
    });
    Ok(())
}
