//! What happens beside the journal and changes what follows from it: unit codes, seasons and sprays, certificates, tests of plots, what is said
//! of plots and products; and what an inspector lets go.

use super::chain::later;
use super::field::{self, publish_lists};
use super::rows;
use super::season::firms;
use super::trade::{Firm, Trade, inspector, movement};
use nguongoc::chain::{self, Command, Error, EvidenceError, Pack, QuantityDraft, StopLot};
use nguongoc::codes::{self, runs};
use nguongoc::evidence::{self, CertificateDraft, LabTestDraft, ResultDraft, TurnKind, Written};
use nguongoc::fieldbook::SeasonDraft;
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::kernel::{ActivityId, CertificateId, EventId, LabTestId, LotId, Note, RunId, SeasonId};
use nguongoc::lots;
use nguongoc::places::PlaceDraft;
use nguongoc::products::{self, ProductDraft};
use std::collections::BTreeMap;

/// What somebody tries to do, as numbers: what, who, how much, and two choices.
pub(crate) type Wish = (u8, u8, u16, u8, u8);

/// What there is beside the journal.
#[derive(Default)]
pub(crate) struct Beside {
    certificates: Vec<(usize, CertificateId)>,
    runs: Vec<(usize, RunId)>,
    rolls: Vec<(usize, RunId)>,
    seasons: Vec<(usize, SeasonId)>,
    /// Those that were ended at some time.
    ended: Vec<(usize, SeasonId)>,
    sprays: Vec<(usize, ActivityId)>,
    tests: Vec<(usize, LabTestId)>,
    /// Reports have numbers.
    reports: u64,
    /// How often something was done, by what it was.
    pub(crate) done: BTreeMap<&'static str, usize>,
}

fn pick<T: Copy>(all: &[T], choice: u8) -> Option<T> {
    all.get(usize::from(choice) % all.len().max(1)).copied()
}

fn reason() -> Note<500> {
    Note::parse("Thử nghiệm").expect("a reason")
}

/// What a failed act says of the database: that is no refusal.
fn refused<T, E: std::fmt::Debug>(outcome: Result<T, E>) -> Option<T> {
    match outcome {
        Ok(done) => Some(done),
        Err(error) => {
            let said = format!("{error:?}");
            assert!(!said.contains("Store("), "{said}");
            None
        }
    }
}

impl Beside {
    /// Lists, and for each firm a product of a crop and two certificates of a few square metres.
    pub(crate) async fn begin(trade: &Trade) -> Self {
        publish_lists(&trade.registry).await;
        let mut beside = Self::default();
        for (n, firm) in firms(trade).into_iter().enumerate() {
            say_product(trade, firm, "rau_muong", "5").await;
            for (scheme, area) in [("vietgap", "4 m2"), ("globalgap", "9 m2")] {
                let id = certificate(trade, firm, scheme, &format!("{scheme}-{n}"), area).await;
                beside.certificates.push((n, id));
            }
        }
        beside
    }

    /// Tries something; `lots` are those that there are. An event that the journal has of it, with whose act it was.
    pub(crate) async fn wish(
        &mut self,
        trade: &Trade,
        wish: Wish,
        lots: &[LotId],
    ) -> Option<(usize, EventId)> {
        let (what, who, amount, a, b) = wish;
        later(trade.app());
        let who = usize::from(who) % 3;
        let firm = firms(trade)[who];
        let lot = pick(lots, a);
        let (name, event) = match what % 20 {
            0..=2 => ("claim", self.claim(trade, who, lot?, 1 + i64::from(amount % 900), b).await?),
            3 | 4 => ("issue", self.issue(trade, who, lot?, amount, b).await?),
            5 => ("roll", self.roll(trade, who, amount).await?),
            6 => ("activate", self.activate(trade, lot?, amount, b).await?),
            7 => ("void", self.void(trade, amount, b).await?),
            8 => ("season", self.season(trade, who, b).await?),
            9 => ("clear", self.clear(trade, a, b).await?),
            10 | 11 => ("spray", self.spray(trade, who, a).await?),
            12 => ("spray wrong", self.spray_wrong(trade, b).await?),
            13 => ("turn", self.turn(trade, a, b).await?),
            14 => ("test", self.test(trade, who, lot, a, b).await?),
            15 => ("test wrong", self.test_wrong(trade, b).await?),
            16 if b.is_multiple_of(5) => ("kind", self.kind(trade, firm, a).await?),
            16 if b % 5 == 1 => ("place", self.place(trade, firm, a).await?),
            16 if b % 5 == 2 => ("name", self.name(trade, who, a).await?),
            16 => ("area", self.area(trade, firm, a).await?),
            17 => ("product", self.product(trade, firm, a).await?),
            18 if b.is_multiple_of(3) => ("list", self.list(trade, a).await?),
            19 if b.is_multiple_of(2) => ("reopen", self.reopen(trade, a, b).await?),
            _ => ("let go", self.let_go(trade, lot?).await?),
        };
        *self.done.entry(name).or_default() += 1;
        event.map(|event| (who, event))
    }

    async fn claim(
        &self,
        trade: &Trade,
        who: usize,
        lot: LotId,
        amount: i64,
        b: u8,
    ) -> Option<Option<EventId>> {
        let own: Vec<CertificateId> =
            self.certificates.iter().filter(|(whose, _)| *whose == who).map(|(_, id)| *id).collect();
        let claims = match b % 4 {
            0 => own.clone(),
            n => vec![own[usize::from(n) % own.len()]],
        };
        let firm = firms(trade)[who];
        let what = movement(firm, lot, amount);
        let pack = Pack { what, expires_on: None, pack_size: None, certificates: claims };
        let done = refused(chain::record(trade.app(), &firm.by(), Command::Pack(pack)).await)?;
        Some(Some(done.event))
    }

    async fn issue(
        &mut self,
        trade: &Trade,
        who: usize,
        lot: LotId,
        amount: u16,
        b: u8,
    ) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        let draft = runs::RunDraft {
            count: (1 + amount % 6).to_string(),
            pack_size: QuantityDraft::Text(format!("{} g", 1 + b % 30)),
            ..runs::RunDraft::default()
        };
        let issued = refused(runs::issue(trade.app(), &firm.by(), lot, &draft).await)?;
        self.runs.push((who, issued.state.run.id));
        Some(None)
    }

    async fn roll(&mut self, trade: &Trade, who: usize, amount: u16) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        let draft = runs::RunDraft {
            count: "40".to_owned(),
            pack_size: QuantityDraft::Text(format!("{} g", 1 + amount % 30)),
            ..runs::RunDraft::default()
        };
        let issued = refused(runs::issue_roll(trade.app(), &firm.by(), firm.product, &draft).await)?;
        self.rolls.push((who, issued.state.run.id));
        Some(None)
    }

    async fn activate(&self, trade: &Trade, lot: LotId, amount: u16, b: u8) -> Option<Option<EventId>> {
        let all: Vec<(usize, RunId)> =
            self.rolls.iter().chain(&self.rolls).chain(&self.runs).copied().collect();
        let (who, run) = pick(&all, b)?;
        let is_roll = self.rolls.iter().any(|(_, roll)| *roll == run);
        let draft = runs::RunDraft {
            count: (1 + amount % 4).to_string(),
            lot: if is_roll { lot.to_string() } else { String::new() },
            ..runs::RunDraft::default()
        };
        refused(runs::activate(trade.app(), &firms(trade)[who].by(), run, &draft).await)?;
        Some(None)
    }

    /// Voids labels of a run: the next that stand on nothing, or a range that may be active.
    async fn void(&self, trade: &Trade, amount: u16, b: u8) -> Option<Option<EventId>> {
        let all: Vec<(usize, RunId)> = self.runs.iter().chain(&self.rolls).copied().collect();
        let (who, run) = pick(&all, b)?;
        let app = trade.app();
        let state = app.store.read(async |tx| runs::store::find(tx, run).await).await.expect("a run")?;
        let first = state.run.first + i64::from(amount) % state.run.count;
        let last = (first + i64::from(b % 5)).min(state.run.first + state.run.count - 1);
        let number = app.store.read(async |tx| products::product(tx, state.run.product).await).await;
        let number = number.expect("a product")?.number;
        let scatter = app.serials.open(app).await.expect("serials");
        let draft = runs::RunDraft {
            from: scatter.serial(&number, first).expect("a serial").to_string(),
            to: scatter.serial(&number, last).expect("a serial").to_string(),
            ..runs::RunDraft::default()
        };
        let voided: Result<_, codes::Error> = runs::void(app, &firms(trade)[who].by(), run, &draft).await;
        refused(voided)?;
        Some(None)
    }

    async fn season(&mut self, trade: &Trade, who: usize, b: u8) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        let draft = SeasonDraft {
            place: firm.place.to_string(),
            crop: if b.is_multiple_of(3) { "cai_ngot" } else { "rau_muong" }.to_owned(),
            began_on: trade.today().plus_days(-i32::from(b % 20)).to_string(),
            area: format!("{} m2", 2 + b % 9),
            ..SeasonDraft::default()
        };
        let new = draft.parse().expect("a season");
        let (season, _) = refused(chain::open_season(trade.app(), &firm.by(), None, &new).await)?;
        self.seasons.push((who, season.id));
        Some(None)
    }

    /// Takes a season back, or ends it: today, or some days ago.
    async fn clear(&mut self, trade: &Trade, a: u8, b: u8) -> Option<Option<EventId>> {
        let (who, season) = pick(&self.seasons, b)?;
        let by = firms(trade)[who].by();
        if b.is_multiple_of(3) {
            refused(chain::withdraw_season(trade.app(), &by, season).await)?;
        } else {
            let day = trade.today().plus_days(-i32::from(a % 5));
            refused(chain::clear_season(trade.app(), &by, season, day).await)?;
            self.ended.push((who, season));
        }
        Some(None)
    }

    /// An end of a season was told by mistake: it is open again, or ended on another day.
    async fn reopen(&self, trade: &Trade, a: u8, b: u8) -> Option<Option<EventId>> {
        let (who, season) = pick(&self.ended, b)?;
        let instead = a.is_multiple_of(2).then(|| trade.today().plus_days(-i32::from(a % 5)));
        let by = firms(trade)[who].by();
        refused(chain::reopen_season(trade.app(), &by, season, &reason(), instead).await)?;
        Some(None)
    }

    async fn spray(&mut self, trade: &Trade, who: usize, a: u8) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        let product = ["Mẫu Sâu Xanh 36EC", "Mẫu Vi Sinh Nấm Đối Kháng", "Thuốc lạ"][usize::from(a) % 3];
        // Mostly back-dated.
        let day = trade.today().plus_days(-i32::from(a % 6)).to_string();
        let mut draft = field::spray(product, &day);
        draft.area = "1 m2".to_owned();
        // Where several stand, which of them: mostly the last one.
        let own: Vec<SeasonId> =
            self.seasons.iter().filter(|(whose, _)| *whose == who).map(|(_, season)| *season).collect();
        let season = own.iter().rev().nth(usize::from(a / 64) % own.len().max(1));
        draft.season = season.map(ToString::to_string).unwrap_or_default();
        draft.dose = if a % 3 == 1 { "10 g/sào" } else { "10 ml/sào" }.to_owned();
        let written = refused(field::write(trade, &firm.by(), firm.place, &draft).await)?;
        self.sprays.push((who, written.entry));
        Some(None)
    }

    async fn spray_wrong(&mut self, trade: &Trade, b: u8) -> Option<Option<EventId>> {
        let (who, spray) = pick(&self.sprays, b)?;
        let wrong = chain::correct_activity(trade.app(), &firms(trade)[who].by(), None, spray, None).await;
        refused(wrong)?;
        Some(None)
    }

    async fn turn(&mut self, trade: &Trade, a: u8, b: u8) -> Option<Option<EventId>> {
        let (who, turning) = pick(&self.certificates, a)?;
        let kind = match b % 10 {
            0..4 => TurnKind::Suspended,
            4..9 => TurnKind::Resumed,
            _ => TurnKind::Wrong,
        };
        let from = trade.today().plus_days(-i32::from(b % 4));
        let by = firms(trade)[who].by();
        let turned: Result<_, EvidenceError> =
            chain::turn_certificate(trade.app(), &by, turning, (kind, from, &reason()), None).await;
        refused(turned)?;
        if kind == TurnKind::Wrong {
            // Another one takes its place.
            self.reports += 1;
            let number = format!("N-{}", self.reports);
            let new = certificate(trade, firms(trade)[who], "vietgap", &number, "6 m2").await;
            self.certificates.retain(|(_, certificate)| *certificate != turning);
            self.certificates.push((who, new));
        }
        Some(None)
    }

    /// A test of a plot, or of a lot.
    async fn test(
        &mut self,
        trade: &Trade,
        who: usize,
        lot: Option<LotId>,
        a: u8,
        b: u8,
    ) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        self.reports += 1;
        let day = trade.today().plus_days(-i32::from(b % 5)).to_string();
        let lot = lot.filter(|_| a.is_multiple_of(3));
        let draft = LabTestDraft {
            lot: lot.map(|lot| lot.to_string()).unwrap_or_default(),
            place: if lot.is_some() { String::new() } else { firm.place.to_string() },
            laboratory: "Phòng mẫu".to_owned(),
            report: format!("R/{}", self.reports),
            sampled_on: day,
            results: vec![ResultDraft {
                analyte: "Nitrat".to_owned(),
                value: Written::Text(if b.is_multiple_of(3) { "2000" } else { "100" }.to_owned()),
                unit: "mg/kg".to_owned(),
                limit: Written::Text("1500".to_owned()),
                ..ResultDraft::default()
            }],
            ..LabTestDraft::default()
        };
        let new = draft.parse(trade.today(), false).expect("a report");
        let recorded = refused(chain::record_lab_test(trade.app(), &firm.by(), &new, None).await)?;
        self.tests.push((who, recorded.test.id));
        Some(recorded.test.event)
    }

    async fn test_wrong(&mut self, trade: &Trade, b: u8) -> Option<Option<EventId>> {
        let (who, test) = pick(&self.tests, b)?;
        refused(chain::withdraw_lab_test(trade.app(), &firms(trade)[who].by(), test, &reason()).await)?;
        Some(None)
    }

    async fn area(&self, trade: &Trade, firm: &Firm, a: u8) -> Option<Option<EventId>> {
        say_place(trade, firm, "plot", a).await;
        Some(None)
    }

    /// A plot is a packhouse from now on, or a plot again.
    async fn kind(&self, trade: &Trade, firm: &Firm, a: u8) -> Option<Option<EventId>> {
        say_place(trade, firm, if a.is_multiple_of(2) { "packhouse" } else { "plot" }, a).await;
        Some(None)
    }

    /// A place is called by another GLN, or one that it had, until its area is said anew.
    async fn name(&self, trade: &Trade, who: usize, a: u8) -> Option<Option<EventId>> {
        let firm = firms(trade)[who];
        let gln = rows::gln(10 * u32::try_from(who).expect("a number") + u32::from(a % 5)).to_string();
        let new = PlaceDraft { gln, ..place("plot", a) }.parse().expect("a place");
        chain::change_place(trade.app(), &firm.member, firm.place, &new).await.expect("a change");
        Some(None)
    }

    /// A firm has one more plot, of which the area may not be known.
    async fn place(&self, trade: &Trade, firm: &Firm, a: u8) -> Option<Option<EventId>> {
        let new = place("plot", a).parse().expect("a plot");
        refused(chain::add_place(trade.app(), &firm.member, &new).await)?;
        Some(None)
    }

    async fn product(&self, trade: &Trade, firm: &Firm, a: u8) -> Option<Option<EventId>> {
        let crop = ["rau_muong", "rau_muong", "cai_ngot", ""][usize::from(a) % 4];
        say_product(trade, firm, crop, &(1 + a % 9).to_string()).await;
        Some(None)
    }

    /// The authority says something else of a substance or of yields, from a few days ago on.
    async fn list(&self, trade: &Trade, a: u8) -> Option<Option<EventId>> {
        let (kind, file) = if a.is_multiple_of(2) {
            let days = format!("Rau muống;{};500;", 1 + a % 9);
            (
                "substances",
                include_str!("../../assets/data/lists/substances.csv").replace("Rau muống;7;500;", &days),
            )
        } else {
            let said = "Rau muống;;;;;;5;30;tấn/ha;;;Từ chối;\"Định mức mẫu, hư cấu\";18";
            let top = format!(
                "Rau muống;;;;;;5;{};tấn/ha;;;{};Thử nghiệm;{}",
                10 + a % 40,
                ["Từ chối", "Cảnh báo"][usize::from(a / 2 % 2)],
                1 + a % 25
            );
            let file = include_str!("../../assets/data/lists/bands.csv");
            assert!(file.contains(said));
            ("bands", file.replace(said, &top))
        };
        let form = ListForm {
            kind: kind.to_owned(),
            in_force_from: trade.today().plus_days(-i32::from(a % 6)).to_string(),
            source: "Thử nghiệm".to_owned(),
            sample: "1".to_owned(),
        };
        refused(chain::publish_list(trade.app(), Publisher::console(), &form, file.as_bytes()).await)?;
        Some(None)
    }

    /// An inspector lets a lot go in spite of whatever stops it.
    async fn let_go(&self, trade: &Trade, lot: LotId) -> Option<Option<EventId>> {
        let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await;
        found.expect("a row")?.stop()?;
        let release = Command::Release(StopLot { lot, reason: reason() });
        let released: Result<_, Error> = chain::record(trade.app(), &inspector(), release).await;
        refused(released)?;
        Some(None)
    }
}

/// A certificate of a firm for a few square metres.
async fn certificate(trade: &Trade, firm: &Firm, scheme: &str, number: &str, area: &str) -> CertificateId {
    let draft = CertificateDraft {
        scheme: scheme.to_owned(),
        number: number.to_owned(),
        issuer: "Tổ chức mẫu".to_owned(),
        area: area.to_owned(),
        valid_from: "2026-01-01".to_owned(),
        valid_to: "2040-12-31".to_owned(),
        ..CertificateDraft::default()
    };
    let new = draft.parse().expect("a certificate");
    evidence::record(trade.app(), &firm.member, &new, None).await.expect("a certificate")
}

/// A place of a few square metres, or of which the area is not known.
fn place(kind: &str, a: u8) -> PlaceDraft {
    let area = if a.is_multiple_of(4) { String::new() } else { format!("{} m2", 1 + a % 9) };
    PlaceDraft {
        kind: kind.to_owned(),
        name: "Ruộng".to_owned(),
        commune: "00004".to_owned(),
        area,
        ..PlaceDraft::default()
    }
}

/// Says the kind and the area of a firm's place anew.
async fn say_place(trade: &Trade, firm: &Firm, kind: &str, a: u8) {
    let new = place(kind, a).parse().expect("a place");
    chain::change_place(trade.app(), &firm.member, firm.place, &new).await.expect("a change");
}

/// Says a firm's product anew: its crop, and how long it keeps.
async fn say_product(trade: &Trade, firm: &Firm, crop: &str, days: &str) {
    let draft = ProductDraft {
        group: "rau".to_owned(),
        name: "Rau".to_owned(),
        crop: crop.to_owned(),
        shelf_life_days: days.to_owned(),
        ..ProductDraft::default()
    };
    let new = draft.parse().expect("a product");
    chain::change_product(trade.app(), &firm.member, firm.product, &new).await.expect("a change");
}
