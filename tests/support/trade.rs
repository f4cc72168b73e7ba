//! Firms with people, places and products, arranged through the services: a farm that harvests, a packer, a shop, a household.

use super::app::{On, TestApp};
use nguongoc::accounts::{Member, Official, Role};
use nguongoc::app::App;
use nguongoc::chain::{self, By, Command, DeclareLot, Move, Portion, Receive, Recorded, Ship};
use nguongoc::kernel::{
    CommuneCode, Day, EventId, Gln, Gtin, Line, LotCode, LotId, MandateId, PartyId, PersonId, PlaceId,
    ProductId, Quantity, TaxNumber, Unit,
};
use nguongoc::parties::{self, Document, Kind, MandateDraft, NewParty, Signatory};
use nguongoc::places::PlaceDraft;
use nguongoc::products::{self, Group, NewProduct};
use uuid::Uuid;

/// A firm with one person, one place and one product.
#[derive(Clone, Debug)]
pub(crate) struct Firm {
    pub(crate) party: PartyId,
    pub(crate) member: Member,
    pub(crate) place: PlaceId,
    pub(crate) product: ProductId,
    /// The name that its clerk signs in with.
    pub(crate) clerk: String,
}

impl Firm {
    pub(crate) fn by(&self) -> By {
        By::own(self.member)
    }
}

/// A registry with firms that trade.
pub(crate) struct Trade {
    pub(crate) registry: TestApp,
    pub(crate) officer: Official,
    pub(crate) farm: Firm,
    pub(crate) packer: Firm,
    pub(crate) shop: Firm,
}

/// A scanned document.
pub(crate) async fn document() -> Document {
    Document::read(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".to_vec())
        .await
        .expect("a document")
}

/// A mandate of `grantor` for `holder`, for thirty days from `from`.
pub(crate) async fn mandate(
    app: &App,
    officer: &Official,
    grantor: PartyId,
    holder: PartyId,
    from: Day,
) -> MandateId {
    let draft = MandateDraft {
        holder: holder.to_string(),
        from: from.to_string(),
        to: from.plus_days(30).to_string(),
        ..MandateDraft::default()
    };
    let mandate = draft.parse(app.clock.now().day()).expect("a mandate");
    let given =
        parties::give_mandate(app, &Signatory::from(officer), grantor, &mandate, &document().await).await;
    given.expect("a mandate")
}

/// Revokes a mandate.
pub(crate) async fn revoke(app: &App, officer: &Official, mandate: MandateId) {
    parties::revoke_mandate(app, &Signatory::from(officer), mandate).await.expect("revoked");
}

impl Trade {
    pub(crate) async fn start(on: On) -> Self {
        let registry = TestApp::start(on).await;
        let officer = Official { person: PersonId::from_uuid(Uuid::from_u128(1)), role: Role::Officer };
        let farm = firm(&registry, &officer, Kind::Cooperative, "Hợp tác xã rau Vân Mẫu", "9900001073").await;
        let packer =
            firm(&registry, &officer, Kind::Processor, "Công ty Đóng gói Sao Mai", "9900001147").await;
        let shop = firm(&registry, &officer, Kind::Shop, "Cửa hàng Rau Xanh", "9900001210-002").await;
        registry.person("officer", Role::Officer, None).await;
        registry.person("inspector", Role::Inspector, None).await;
        Self { registry, officer, farm, packer, shop }
    }

    pub(crate) fn app(&self) -> &App {
        &self.registry.app
    }

    pub(crate) fn today(&self) -> Day {
        self.app().clock.now().day()
    }

    /// A household without people of its own, and the mandate that it gives to the farm.
    pub(crate) async fn household(&self) -> (Firm, MandateId) {
        let officer = &self.officer;
        let mut household = firm(&self.registry, officer, Kind::Household, "Hộ bà Trần Thị Mơ", "").await;
        household.member.person = self.farm.member.person;
        let given = mandate(self.app(), officer, household.party, self.farm.party, self.today()).await;
        (household, given)
    }

    /// A lot of `grams` of the farm, harvested now.
    pub(crate) async fn lot(&self, grams: i64) -> LotId {
        let command = self.declaration(grams, None);
        chain::record(self.app(), &self.farm.by(), command).await.expect("a lot").lot.id
    }

    pub(crate) fn declaration(&self, grams: i64, code: Option<&str>) -> Command {
        Command::Declare(DeclareLot {
            product: self.farm.product,
            place: Some(self.farm.place),
            when: None,
            quantity: Quantity::grams(grams).expect("an amount"),
            code: code.map(|code| LotCode::parse(code).expect("a code")),
            variety: None,
            note: None,
        })
    }

    pub(crate) async fn ship(
        &self,
        from: &Firm,
        to: &Firm,
        lot: LotId,
        grams: i64,
    ) -> Result<Recorded, chain::Error> {
        let what = movement(from, lot, grams);
        let ship = Ship { what, to: Some(to.party), document: None, vehicle: None, back: false };
        chain::record(self.app(), &from.by(), Command::Ship(ship)).await
    }

    pub(crate) async fn receive(
        &self,
        by: &Firm,
        shipment: EventId,
        grams: i64,
    ) -> Result<Recorded, chain::Error> {
        let quantity = Quantity::grams(grams).expect("an amount");
        let lots = self.app().store.read(async |tx| nguongoc::lots::shipment(tx, shipment).await).await;
        let lot = lots.expect("a shipment").first().map(|sent| sent.sent.lot);
        let receipt = Receive {
            shipment: Some(shipment),
            from: None,
            lots: lot.into_iter().map(|lot| Portion { lot, quantity }).collect(),
            place: Some(by.place),
            when: None,
            note: None,
        };
        chain::record(self.app(), &by.by(), Command::Receive(receipt)).await
    }

    pub(crate) async fn sell(&self, by: &Firm, lot: LotId, grams: i64) -> Result<Recorded, chain::Error> {
        chain::record(self.app(), &by.by(), Command::Sell(movement(by, lot, grams))).await
    }
}

/// An inspector of the authority.
pub(crate) fn inspector() -> By {
    By::Official(Official { person: PersonId::from_uuid(Uuid::from_u128(7)), role: Role::Inspector })
}

/// So much of a lot, at the firm's place, now.
pub(crate) fn movement(firm: &Firm, lot: LotId, grams: i64) -> Move {
    let quantity = Quantity::grams(grams).expect("an amount");
    Move::of(lot, quantity, firm.place)
}

/// A firm; its clerk signs in with the last word of its name, in plain letters, except for households.
pub(crate) async fn firm(registry: &TestApp, officer: &Official, kind: Kind, name: &str, tax: &str) -> Firm {
    let new = NewParty {
        kind,
        name: Line::parse(name).expect("a name"),
        tax: (!tax.is_empty()).then(|| TaxNumber::parse(tax).expect("a tax number")),
        commune: CommuneCode::parse("00004").expect("a commune"),
        address: Line::parse("Số 1, đường Láng").expect("an address"),
        gln: None::<Gln>,
        consent: false,
    };
    let party = parties::register(&registry.app, officer, &new, &document().await).await.expect("a party");
    let person = PersonId::from_uuid(registry.app.id::<PersonId>().as_uuid());
    let member = Member { person, party, role: Role::Manager };
    let clerk = nguongoc::kernel::fold::fold(name).rsplit(' ').next().unwrap_or("clerk").to_owned();
    if kind != Kind::Household {
        registry.person(&format!("clerk-{clerk}"), Role::Clerk, Some(party)).await;
    }
    let place = PlaceDraft {
        kind: "plot".to_owned(),
        name: format!("Ruộng của {name}"),
        commune: "00004".to_owned(),
        ..PlaceDraft::default()
    };
    let place =
        chain::add_place(&registry.app, &member, &place.parse().expect("a place")).await.expect("a place").id;
    let product = product(registry, &member, "Cải bẹ xanh", Unit::Gram, None).await;
    Firm { party, member, place, product, clerk: format!("clerk-{clerk}") }
}

/// A product that keeps five days.
pub(crate) async fn product(
    registry: &TestApp,
    member: &Member,
    name: &str,
    unit: Unit,
    gtin: Option<&str>,
) -> ProductId {
    let new = NewProduct {
        gtin: gtin.map(|gtin| Gtin::parse(gtin).expect("a GTIN")),
        group: products::groups().first().map(|group: &'static Group| group).expect("a group"),
        crop: None,
        name: Line::parse(name).expect("a name"),
        name_en: None,
        brand: None,
        unit,
        shelf_life_days: Some(5),
        storage: None,
        standards: None,
        safety_warning: None,
        packaging: None,
        disposal: None,
    };
    nguongoc::chain::add_product(&registry.app, member, &new).await.expect("a product").id
}
