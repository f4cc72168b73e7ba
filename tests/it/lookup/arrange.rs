//! A season in miniature, through the services: a co-operative that harvests, packs and ships, a shop that receives.

use crate::support::app::{On, TestApp};
use nguongoc::accounts::{Member, Official, Role};
use nguongoc::chain::{self, By, Command, DeclareLot, Move, Pack, Receive, Recorded, Ship, StopLot, When};
use nguongoc::codes::{Code, ProductKey, sign};
use nguongoc::kernel::{
    CommuneCode, Day, EventId, Line, LotCode, LotId, Note, PartyId, PlaceId, Quantity, TaxNumber,
};
use nguongoc::lots::Lot;
use nguongoc::parties::{self, Document, Kind, NewParty};
use nguongoc::places::PlaceDraft;
use nguongoc::products::{self, Product, ProductDraft};

/// A registry with two firms and an officer.
pub(super) struct Season {
    pub(super) registry: TestApp,
    pub(super) officer: Official,
    pub(super) farm: Firm,
    pub(super) shop: Firm,
    pub(super) product: Product,
}

/// A firm with a place.
#[derive(Clone, Copy)]
pub(super) struct Firm {
    pub(super) member: Member,
    pub(super) place: PlaceId,
}

impl Season {
    pub(super) async fn begin(on: On) -> Self {
        Self::of(TestApp::start(on).await, Kind::Cooperative, true, "Hợp tác xã Rau sạch Vân Mẫu").await
    }

    /// A season in which the farm is of this kind and name.
    pub(super) async fn of(registry: TestApp, kind: Kind, consent: bool, name: &str) -> Self {
        let officer = Official { person: registry.app.id(), role: Role::Officer };
        let farm = firm(&registry, &officer, kind, consent, name, "greenhouse").await;
        let shop_name = "Cửa hàng Thực phẩm Hồ Tây";
        let shop = firm(&registry, &officer, Kind::Shop, true, shop_name, "shop").await;
        let draft = ProductDraft {
            gtin: "09520000000011".to_owned(),
            group: "rau".to_owned(),
            name: "Cải ngọt".to_owned(),
            name_en: "Choy sum".to_owned(),
            unit: "gram".to_owned(),
            shelf_life_days: "5".to_owned(),
            storage: "Ngăn mát tủ lạnh, 4–8 °C".to_owned(),
            standards: "TCVN 11892-1:2017".to_owned(),
            packaging: "Túi giấy".to_owned(),
            disposal: "Bỏ vào thùng giấy tái chế".to_owned(),
            ..ProductDraft::default()
        };
        let new = draft.parse().expect("a product");
        let product =
            nguongoc::chain::add_product(&registry.app, &farm.member, &new).await.expect("a product");
        products::add_picture(&registry.app, &farm.member, product.id, picture()).await.expect("a picture");
        Self { registry, officer, farm, shop, product }
    }

    pub(super) async fn record(&self, member: Member, command: Command) -> Recorded {
        chain::record(&self.registry.app, &By::own(member), command).await.expect("recorded")
    }

    /// A lot, harvested on this day.
    pub(super) async fn harvest(&self, code: &str, day: &str) -> Lot {
        let lot = DeclareLot {
            product: self.product.id,
            place: Some(self.farm.place),
            when: Some(When::On(Day::parse(day).expect("a day"))),
            quantity: Quantity::parse("120 kg").expect("a quantity"),
            code: Some(LotCode::parse(code).expect("a code")),
            variety: None,
            note: None,
        };
        self.record(self.farm.member, Command::Declare(lot)).await.lot
    }

    fn some(lot: LotId, firm: Firm, day: Option<&str>) -> Move {
        let when = day.map(|day| When::On(Day::parse(day).expect("a day")));
        Move { when, ..Move::of(lot, Quantity::parse("100 kg").expect("a quantity"), firm.place) }
    }

    pub(super) async fn pack(&self, lot: LotId, day: &str) {
        let what = Self::some(lot, self.farm, Some(day));
        self.record(
            self.farm.member,
            Command::Pack(Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() }),
        )
        .await;
    }

    pub(super) async fn ship(&self, lot: LotId) -> EventId {
        let what = Self::some(lot, self.farm, None);
        let to = Some(self.shop.member.party);
        let ship = Ship { what, to, document: None, vehicle: None, back: false };
        self.record(self.farm.member, Command::Ship(ship)).await.event
    }

    pub(super) async fn receive(&self, shipment: EventId) {
        let receipt = Receive {
            shipment: Some(shipment),
            from: None,
            lots: Vec::new(),
            place: Some(self.shop.place),
            when: None,
            note: None,
        };
        self.record(self.shop.member, Command::Receive(receipt)).await;
    }

    pub(super) async fn stop(&self, stop: fn(StopLot) -> Command, lot: LotId, reason: &str) {
        let command = stop(StopLot { lot, reason: Note::parse(reason).expect("a reason") });
        let by = By::Official(self.officer);
        chain::record(&self.registry.app, &by, command).await.expect("recorded");
    }

    /// A lot with a whole history: harvested and packed yesterday, shipped and received today.
    pub(super) async fn whole_lot(&self) -> Lot {
        let lot = self.harvest("HN-2611-07", "2026-11-22").await;
        self.pack(lot.id, "2026-11-22").await;
        let shipment = self.ship(lot.id).await;
        self.receive(shipment).await;
        lot
    }

    /// The path of a signed code for a lot of the product, issued or not.
    pub(super) fn signed_path(&self, lot: &str) -> String {
        let gtin = self.product.gtin.clone().expect("a GTIN");
        let code =
            Code::for_lot(ProductKey::Gtin(gtin), LotCode::parse(lot).expect("a code")).expect("a path");
        let ring = self.registry.app.keys.current();
        let key = ring.signing(nguongoc::keys::Role::Code, self.registry.app.clock.now()).expect("a key");
        sign(code, key).expect("a signature").to_string()
    }
}

async fn firm(
    registry: &TestApp,
    officer: &Official,
    kind: Kind,
    consent: bool,
    name: &str,
    place: &str,
) -> Firm {
    let tax = if kind == Kind::Shop { "9900001147" } else { "9900001073" };
    let new = NewParty {
        kind,
        name: Line::parse(name).expect("a name"),
        tax: Some(TaxNumber::parse(tax).expect("a number")),
        commune: CommuneCode::parse("00004").expect("a commune"),
        address: Line::parse("Số 1 đường Làng").expect("an address"),
        gln: None,
        consent,
    };
    let document =
        Document::read(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec()).await.expect("a document");
    let party: PartyId =
        parties::register(&registry.app, officer, &new, &document).await.expect("a registered party");
    let member = Member { person: registry.app.id(), party, role: Role::Manager };
    let draft = PlaceDraft {
        kind: place.to_owned(),
        name: format!("Khu 1 của {name}"),
        commune: "00004".to_owned(),
        ..PlaceDraft::default()
    };
    let new = draft.parse().expect("a place");
    let place = chain::add_place(&registry.app, &member, &new).await.expect("a place").id;
    Firm { member, place }
}

/// A drawn picture, which compresses about as well as a photograph of leaves does.
pub(super) fn picture() -> Vec<u8> {
    let leaf = |x: u32, y: u32| {
        let shade = u8::try_from((x * 7 + y * 13 + (x * y) % 31) % 160).expect("a shade");
        image::Rgb([shade / 2, 80 + shade, shade / 3])
    };
    let picture = image::RgbImage::from_fn(640, 480, leaf);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}
