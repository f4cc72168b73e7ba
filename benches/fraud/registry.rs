//! A registry with one co-operative and its buyer, and a plot for each lot: filled through the same services as everybody uses.

use anyhow::{Context, Result, anyhow};
use nguongoc::accounts::{self, Member, NewPassword, NewPerson, Official, Role, SignInName};
use nguongoc::app::{App, Clock, Random};
use nguongoc::chain::{self, By};
use nguongoc::config::Settings;
use nguongoc::custody::{self, Root, Seal};
use nguongoc::events;
use nguongoc::evidence::{self, CertificateDraft};
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::kernel::{CertificateId, EventId, Line, Moment, PartyId, PlaceId, ProductId};
use nguongoc::keys::Keys;
use nguongoc::parties::{self, Document};
use nguongoc::places::PlaceDraft;
use nguongoc::products::ProductDraft;
use nguongoc::store::Store;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The work of a seal that keeps nothing worth keeping.
const WORK: u8 = 4;

/// What the authority says in this trial: a square metre gives at most 3 kg of water spinach a season, washing adds at most 5 % of water, and
/// 5 % of the weight may be lost under way.
const BANDS: &str = "Loại định mức;Cây trồng;Tháng từ;Tháng đến;Công đoạn;Nhóm vào;Nhóm ra;Thấp;Cao;Đơn vị;Hiệu lực từ;Hiệu lực đến;Xử lý;Nguồn\n\
năng suất;Rau muống;;;;;;5;30;tấn/ha;;;Từ chối;Thử nghiệm\n\
chế biến;;;;\"Rửa, phân loại\";Rau;Rau;80;105;%;;;Từ chối;Thử nghiệm\n\
hao hụt;;;;;Rau;;;5;%;;;;Thử nghiệm\n";
const CROPS: &str = include_str!("../../assets/data/lists/crops.csv");

/// The parties of the trial.
pub(crate) struct Registry {
    pub(crate) app: App,
    pub(crate) farmer: Member,
    pub(crate) seller: Member,
    pub(crate) packhouse: PlaceId,
    pub(crate) counter: PlaceId,
    pub(crate) product: ProductId,
}

fn said<T, E: std::fmt::Debug>(outcome: Result<T, E>) -> Result<T> {
    outcome.map_err(|problem| anyhow!("{problem:?}"))
}

impl Registry {
    /// An empty registry over the database at `url`, with its parties and lists.
    pub(crate) async fn begin(url: &str, folder: &Path) -> Result<Self> {
        let settings = Settings {
            database: Some(url.to_owned()),
            data: Some(folder.to_owned()),
            code_host: Some("t.example.vn".to_owned()),
            key_passphrase_file: Some(folder.join("passphrase.txt")),
            ..Settings::default()
        };
        let store = Store::open(url).await?;
        let clock = Clock::at(said(Moment::parse("2026-11-23T02:00:00Z"))?);
        let app = App::new(settings.resolve()?, store, clock, Random::seeded(206), Keys::default());
        app.store.migrate().await?;
        keys(&app).await?;
        for (kind, file) in [("crops", CROPS), ("bands", BANDS)] {
            let form = ListForm {
                kind: kind.to_owned(),
                in_force_from: app.clock.now().day().plus_days(-365).to_string(),
                source: "Thử nghiệm".to_owned(),
                sample: "1".to_owned(),
            };
            said(chain::publish_list(&app, Publisher::console(), &form, file.as_bytes()).await)?;
        }
        let officer =
            Official { person: person(&app, "officer", Role::Officer, None).await?, role: Role::Officer };
        let farm = party(&app, &officer, "cooperative", "Hợp tác xã rau Đồng Mẫu", "9900001073").await?;
        let shop = party(&app, &officer, "shop", "Cửa hàng Phố Mẫu", "9900001147").await?;
        let farmer = Member {
            person: person(&app, "farmer", Role::Manager, Some(farm)).await?,
            party: farm,
            role: Role::Manager,
        };
        let seller = Member {
            person: person(&app, "seller", Role::Manager, Some(shop)).await?,
            party: shop,
            role: Role::Manager,
        };
        let packhouse = place(&app, &farmer, "packhouse", "Nhà sơ chế", None).await?;
        let counter = place(&app, &seller, "shop", "Quầy rau", None).await?;
        let draft = ProductDraft {
            group: "rau".to_owned(),
            name: "Rau muống".to_owned(),
            crop: "rau_muong".to_owned(),
            shelf_life_days: "5".to_owned(),
            ..ProductDraft::default()
        };
        let product = nguongoc::chain::add_product(&app, &farmer, &said(draft.parse())?).await?.id;
        Ok(Self { app, farmer, seller, packhouse, counter, product })
    }

    /// A plot of the farm.
    pub(crate) async fn plot(&self, n: usize, square_metres: i64) -> Result<PlaceId> {
        place(&self.app, &self.farmer, "plot", &format!("Ruộng {n}"), Some(square_metres)).await
    }

    /// A certificate of the farm for plots, or for so much land wherever it lies.
    pub(crate) async fn certificate(
        &self,
        n: usize,
        plots: &[PlaceId],
        square_metres: Option<i64>,
    ) -> Result<CertificateId> {
        let draft = CertificateDraft {
            scheme: "vietgap".to_owned(),
            number: format!("MAU-{n}"),
            issuer: "Tổ chức mẫu".to_owned(),
            area: square_metres.map(|area| format!("{area} m2")).unwrap_or_default(),
            valid_from: "2026-01-01".to_owned(),
            valid_to: "2028-12-31".to_owned(),
            places: plots.iter().map(ToString::to_string).collect(),
            ..CertificateDraft::default()
        };
        Ok(evidence::record(&self.app, &self.farmer, &said(draft.parse())?, None).await?)
    }

    /// The class by which an event names its lot.
    pub(crate) async fn class_of(&self, event: EventId) -> Result<serde_json::Value> {
        let text =
            self.app.store.read(async |tx| events::epcis_of(tx, event).await).await?.context("an event")?;
        let event: serde_json::Value = serde_json::from_str(&text)?;
        Ok(event["quantityList"][0]["epcClass"].clone())
    }

    pub(crate) fn farm(&self) -> By {
        By::own(self.farmer)
    }

    pub(crate) fn shop(&self) -> By {
        By::own(self.seller)
    }

    /// A minute goes by.
    pub(crate) fn later(&self) {
        self.app.clock.set(self.app.clock.now().plus(Duration::from_mins(1)));
    }
}

async fn keys(app: &App) -> Result<()> {
    let passphrase = "một câu dài dễ nhớ mà khó đoán";
    let file = app.config.passphrase_file.as_ref().context("a file")?;
    fs::create_dir_all(&app.config.data)?;
    fs::write(file, passphrase)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    let seal = Seal { passphrase: passphrase.to_owned().into(), work_factor: WORK };
    custody::begin(app, None, Root::Kept, &seal).await?;
    custody::refresh(app).await?;
    Ok(())
}

async fn person(
    app: &App,
    name: &str,
    role: Role,
    party: Option<PartyId>,
) -> Result<nguongoc::kernel::PersonId> {
    let sign_in = said(SignInName::parse(name))?;
    let new = NewPerson {
        name: said(Line::parse(name))?,
        password: said(NewPassword::parse("một câu dài dễ nhớ", &sign_in))?,
        role,
        party,
        sign_in,
    };
    Ok(accounts::add_person(app, None, &new).await?)
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

async fn place(app: &App, by: &Member, kind: &str, name: &str, area: Option<i64>) -> Result<PlaceId> {
    let draft = PlaceDraft {
        kind: kind.to_owned(),
        name: name.to_owned(),
        commune: "00004".to_owned(),
        area: area.map(|area| format!("{area} m2")).unwrap_or_default(),
        ..PlaceDraft::default()
    };
    Ok(chain::add_place(app, by, &said(draft.parse())?).await?.id)
}
