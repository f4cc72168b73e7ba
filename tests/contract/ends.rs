//! The ends of seasons on both databases: what was sprayed on a crop goes with its harvests after the plot was cleared;
//! an end that was told by mistake is taken back by a record of its own; and whichever is told first, all that follows
//! is what a rebuild makes of it.

use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later};
use crate::support::field::{day, open, plot, publish_lists, season, spray, write};
use crate::support::log::told;
use crate::support::season::grams;
use crate::support::trade::{Trade, inspector};
use crate::support::waits::{until, waiting};
use futures_util::future::{join, join_all};
use nguongoc::app::App;
use nguongoc::chain::{self, By, Command, DeclareLot, Error, Recorded, StopLot, When};
use nguongoc::fieldbook::{self, Origin, SeasonEnd, store};
use nguongoc::kernel::{
    ActivityId, CropCode, Day, LogEntryId, LotId, Moment, Note, PlaceId, ProductId, SeasonId,
};
use nguongoc::log::{self, Author, Entry, Kind, Subject};
use nguongoc::lots;
use nguongoc::places;
use nguongoc::products::ProductDraft;
use nguongoc::store::{Store, StoreError};
use serde_json::{Value, json};

mod sown;

on_both!(
    what_was_sprayed_goes_with_the_crop_after_the_clearing,
    an_end_is_told_in_the_log_and_not_taken_back_for_the_same_day,
    an_end_that_was_told_by_mistake_is_taken_back,
    an_end_is_taken_back_once_and_by_its_own_party,
    land_that_was_sown_since_is_not_taken_again,
    what_a_season_yields_is_weighed_anew_with_its_end,
    what_an_inspector_let_pass_stays_so_whenever_the_season_ended,
    who_lost_a_race_stands_behind_the_one_it_lost_to,
);

/// No list has it: it shuts its plot until the season ends.
const STRANGE: &str = "Không Có Trong Danh Mục";
const RULE: &str = "substance_not_permitted";
/// Seven days on choy sum.
const XANH: &str = "Mẫu Sâu Xanh 36EC";

/// A farm with a plot of 720 m², and a product of each of three crops and of none.
struct Farm {
    trade: Trade,
    place: PlaceId,
    choy: ProductId,
    cabbage: ProductId,
    spinach: ProductId,
    plain: ProductId,
}

impl Farm {
    async fn start(on: On) -> Self {
        let trade = Trade::start(on).await;
        publish_lists(&trade.registry).await;
        let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
        let product = async |name: &str, crop: &str| {
            let draft = ProductDraft {
                group: "rau".to_owned(),
                name: name.to_owned(),
                crop: crop.to_owned(),
                ..ProductDraft::default()
            };
            let new = draft.parse().expect("a product");
            nguongoc::chain::add_product(trade.app(), &trade.farm.member, &new).await.expect("a product").id
        };
        let choy = product("Cải ngọt", "cai_ngot").await;
        let cabbage = product("Cải bắp", "cai_bap").await;
        let spinach = product("Rau muống", "rau_muong").await;
        let plain = product("Rau", "").await;
        Self { trade, place, choy, cabbage, spinach, plain }
    }

    fn app(&self) -> &App {
        self.trade.app()
    }

    fn by(&self) -> By {
        self.trade.farm.by()
    }

    async fn sow(&self, crop: &str, began: &str) -> SeasonId {
        later(self.app());
        season(&self.trade, &self.by(), self.place, crop, began).await
    }

    async fn spray(&self, product: &str, on: &str) -> ActivityId {
        later(self.app());
        write(&self.trade, &self.by(), self.place, &spray(product, on)).await.expect("a spray").entry
    }

    async fn harvest(&self, product: ProductId, on: &str, amount: i64) -> Recorded {
        later(self.app());
        let command = Command::Declare(DeclareLot {
            product,
            place: Some(self.place),
            when: Some(When::On(day(on))),
            quantity: grams(amount),
            code: None,
            variety: None,
            note: None,
        });
        chain::record(self.app(), &self.by(), command).await.expect("a harvest")
    }

    async fn clear(&self, season: SeasonId, on: &str) -> Result<(), Error> {
        later(self.app());
        chain::clear_season(self.app(), &self.by(), season, day(on)).await.map(|_| ())
    }

    async fn withdraw(&self, season: SeasonId) {
        later(self.app());
        chain::withdraw_season(self.app(), &self.by(), season).await.expect("taken back");
    }

    async fn reopen(&self, season: SeasonId, instead: Option<&str>) -> Result<(), Error> {
        later(self.app());
        let instead = instead.map(day);
        chain::reopen_season(self.app(), &self.by(), season, &reason(), instead).await.map(|_| ())
    }

    /// The rule that holds a lot.
    async fn breach(&self, lot: LotId) -> Option<String> {
        self.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap().breach
    }

    async fn ends(&self, season: SeasonId) -> Vec<SeasonEnd> {
        self.app().store.read(async |tx| store::ends_of(tx, season).await).await.unwrap()
    }

    /// The last day of a season, as it stands.
    async fn cleared_on(&self, season: SeasonId) -> Option<Day> {
        let found = self.app().store.read(async |tx| store::season(tx, season).await).await;
        found.unwrap().expect("a season").cleared_on
    }
}

fn reason() -> Note<500> {
    Note::parse("Bà Mơ ghi nhầm thửa").expect("a reason")
}

/// The code of the problem that something was refused with, and its value.
#[track_caller]
fn problem(outcome: Result<(), Error>) -> (&'static str, String) {
    match outcome {
        Err(Error::Field(fieldbook::Error::Invalid(problems))) => {
            (problems.0[0].code, problems.0[0].value.clone())
        }
        other => panic!("{other:?}"),
    }
}

async fn what_was_sprayed_goes_with_the_crop_after_the_clearing(on: On) {
    for (product, rule) in [(STRANGE, RULE), ("Mẫu Cũ Đã Cấm 40EC", "banned_substance")] {
        let farm = Farm::start(on).await;
        let first = farm.sow("cai_ngot", "2026-09-01").await;
        farm.spray(product, "2026-10-10").await;
        farm.clear(first, "2026-10-20").await.unwrap();
        // The clearing was told first; the crop was cut later all the same.
        let cut = farm.harvest(farm.choy, "2026-10-22", 1_000).await;
        assert_eq!(farm.breach(cut.lot.id).await.as_deref(), Some(rule));
        let crop = CropCode::parse("cai_ngot").unwrap();
        let at = day("2026-10-22").start();
        let (against, behind) = farm
            .app()
            .store
            .read(async |tx| {
                let against = fieldbook::against(tx, farm.place, Some(&crop), at, true).await?;
                Ok::<_, StoreError>((against, fieldbook::behind(tx, &[cut.event]).await?))
            })
            .await
            .unwrap();
        assert_eq!(against.iter().map(|one| (one.rule, one.until)).collect::<Vec<_>>(), [(rule, None)]);
        let shown = &behind.sprays[0];
        let expected = (false, None);
        assert_eq!((shown.observed, shown.first_allowed), expected, "the shopper reads what the gate says");
        follows(farm.app()).await;
        // What grew there else is free, as it was.
        let other = farm.harvest(farm.cabbage, "2026-10-22", 1_000).await.lot.id;
        assert_eq!(farm.breach(other).await, None);
        // Another crop that is sown there changes nothing for this one.
        farm.sow("cai_bap", "2026-10-21").await;
        assert_eq!(farm.breach(cut.lot.id).await.as_deref(), Some(rule));
        follows(farm.app()).await;
        // It was sown anew, and that is told only now: nothing of it can be harvested before the twentieth day.
        let second = farm.sow("cai_ngot", "2026-10-20").await;
        let early = farm.harvest(farm.choy, "2026-11-08", 1_000).await.lot.id;
        for lot in [cut.lot.id, early] {
            assert_eq!(farm.breach(lot).await.as_deref(), Some(rule), "sown on the day of the clearing");
        }
        let next = farm.harvest(farm.choy, "2026-11-09", 1_000).await.lot.id;
        assert_eq!(farm.breach(next).await, None, "it is of the new season");
        follows(farm.app()).await;
        // That season was a mistake.
        farm.withdraw(second).await;
        for lot in [cut.lot.id, early, next] {
            assert_eq!(farm.breach(lot).await.as_deref(), Some(rule));
        }
        follows(farm.app()).await;
        // A season that was sown too late for a harvest frees nothing that came before it.
        farm.sow("cai_ngot", "2026-10-21").await;
        let last = farm.harvest(farm.choy, "2026-11-10", 1_000).await.lot.id;
        for lot in [cut.lot.id, early, next] {
            assert_eq!(farm.breach(lot).await.as_deref(), Some(rule));
        }
        assert_eq!(farm.breach(last).await, None);
        follows(farm.app()).await;
        // Of all of these, the clearing is not told to have been earlier.
        let early = farm.reopen(first, Some("2026-10-19")).await;
        assert_eq!(problem(early).0, "season_has_later_harvests");
    }
    // A waiting period does not end with the season either.
    let farm = Farm::start(on).await;
    let first = farm.sow("cai_ngot", "2026-10-01").await;
    farm.spray(XANH, "2026-11-08").await;
    farm.clear(first, "2026-11-09").await.unwrap();
    let cut = farm.harvest(farm.choy, "2026-11-14", 1_000).await.lot.id;
    assert_eq!(farm.breach(cut).await.as_deref(), Some("waiting_period"));
    let later = farm.harvest(farm.choy, "2026-11-15", 1_000).await.lot.id;
    assert_eq!(farm.breach(later).await, None);
    follows(farm.app()).await;
}

async fn an_end_is_told_in_the_log_and_not_taken_back_for_the_same_day(on: On) {
    let farm = Farm::start(on).await;
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    let subject = Subject::Party(farm.trade.farm.party);
    let entries = async || told(&farm.app().store, &subject).await;
    farm.clear(season, "2026-11-10").await.unwrap();
    let logged = entries().await;
    let (kind, body) = logged.last().expect("an entry");
    let expected = json!({
        "season": season, "party": farm.trade.farm.party, "ended": "2026-11-10", "recorded_under_mandate": false,
    });
    assert_eq!((kind.as_str(), body), ("activity.recorded", &expected));
    farm.reopen(season, Some("2026-11-12")).await.unwrap();
    let logged = entries().await;
    let (kind, body) = logged.last().expect("an entry");
    assert_eq!((kind.as_str(), &body["instead"]), ("activity.corrected", &json!("2026-11-12")));
    // Sent again, it takes back nothing that is right.
    let again = farm.reopen(season, Some("2026-11-12")).await;
    assert_eq!(problem(again), ("season_ended_that_day", "12/11/2026".to_owned()));
    let days: Vec<(Day, bool)> =
        farm.ends(season).await.iter().map(|end| (end.day, end.taken_back.is_some())).collect();
    assert_eq!(days, [(day("2026-11-10"), true), (day("2026-11-12"), false)]);
    assert_eq!(entries().await.len(), logged.len());
    // What is refused is not told either.
    assert!(farm.clear(season, "2026-11-13").await.is_err());
    assert_eq!(entries().await.len(), logged.len());
    follows(farm.app()).await;
}

async fn an_end_that_was_told_by_mistake_is_taken_back(on: On) {
    let farm = Farm::start(on).await;
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    farm.spray(STRANGE, "2026-11-01").await;
    farm.clear(season, "2026-11-10").await.unwrap();
    let other = farm.harvest(farm.cabbage, "2026-11-15", 1_000).await.lot.id;
    assert_eq!(farm.breach(other).await, None);
    let version = async || {
        let found = farm.app().store.read(async |tx| lots::find(tx, other).await).await;
        found.unwrap().unwrap().version
    };
    let before = version().await;
    follows(farm.app()).await;

    // It had not ended: whatever was harvested there meanwhile is shut as it would have been.
    farm.reopen(season, None).await.unwrap();
    assert_eq!(farm.breach(other).await.as_deref(), Some(RULE));
    assert!(version().await > before, "its page says so");
    assert_eq!(farm.cleared_on(season).await, None);
    follows(farm.app()).await;
    // The record: what was told, by whom, and why it does not count. Nothing of it is gone.
    let ends = farm.ends(season).await;
    let [end] = ends.as_slice() else { panic!("{ends:?}") };
    let back = end.taken_back.as_ref().expect("taken back");
    assert_eq!((end.day, end.told.recorder), (day("2026-11-10"), farm.trade.farm.party));
    assert_eq!((back.told.by, back.told.recorder), (farm.trade.farm.member.person, farm.trade.farm.party));
    assert_eq!(back.reason.as_deref(), Some("Bà Mơ ghi nhầm thửa"));
    assert!(end.told.at < back.told.at);
    // The log says what was done, and commits to the reason.
    let entries = told(&farm.app().store, &Subject::Party(farm.trade.farm.party)).await;
    let (kind, body) = entries.last().expect("an entry");
    assert_eq!((kind.as_str(), &body["season"]), ("activity.corrected", &json!(season)));
    assert_eq!((&body["end_taken_back"], &body["instead"]), (&json!("2026-11-10"), &Value::Null));
    assert!(!body.to_string().contains("Mơ"), "{body}");
    let subject = season.as_uuid();
    let kept = farm.app().store.read(async |tx| log::private(tx, subject, "reason-2").await).await;
    let kept = kept.unwrap().expect("the reason");
    let commitment = log::Commitment::to(&kept.salt, &kept.value).unwrap();
    assert_eq!(body["commitments"], json!({ "reason-2": commitment }));

    // It is ended anew: not before what was harvested while it stood, which only its end would free.
    let early = farm.clear(season, "2026-11-12").await;
    assert_eq!(problem(early).0, "season_has_later_harvests");
    farm.clear(season, "2026-11-16").await.unwrap();
    assert_eq!(farm.breach(other).await.as_deref(), Some(RULE));
    let after = farm.harvest(farm.cabbage, "2026-11-17", 1_000).await.lot.id;
    assert_eq!(farm.breach(after).await, None);
    follows(farm.app()).await;
    // The right day in one step: what lay after the end that stood is free as it was, and no day before the rest.
    let early = farm.reopen(season, Some("2026-11-14")).await;
    assert_eq!(problem(early).0, "season_has_later_harvests");
    assert_eq!(farm.cleared_on(season).await, Some(day("2026-11-16")), "all of it or nothing");
    farm.reopen(season, Some("2026-11-15")).await.unwrap();
    assert_eq!(farm.breach(other).await.as_deref(), Some(RULE));
    assert_eq!(farm.breach(after).await, None);
    follows(farm.app()).await;
    let told: Vec<(Day, bool)> =
        farm.ends(season).await.iter().map(|end| (end.day, end.taken_back.is_some())).collect();
    let days = ["2026-11-10", "2026-11-16", "2026-11-15"].map(day);
    assert_eq!(told, [(days[0], true), (days[1], true), (days[2], false)]);
    // What is made anew and kept is the same.
    let kept = chain::rebuild(farm.app(), true, |_, _| {}).await.unwrap();
    assert_eq!(kept.rows, 0, "{kept:#?}");
    // The reason can be erased, and what it was said of stays.
    let erased = farm.app().store.write(async |tx| log::erase_private(tx, subject, "reason-2").await).await;
    assert!(erased.unwrap());
    let ends = farm.ends(season).await;
    assert_eq!((ends.len(), &ends[0].taken_back.as_ref().expect("taken back").reason), (3, &None));
}

async fn an_end_is_taken_back_once_and_by_its_own_party(on: On) {
    let farm = Farm::start(on).await;
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    let open = farm.reopen(season, None).await.unwrap_err();
    assert!(matches!(open, Error::Field(fieldbook::Error::SeasonOpen)), "{open:?}");
    farm.clear(season, "2026-11-10").await.unwrap();
    for stranger in [farm.trade.shop.by(), By::behalf(farm.trade.shop.member, farm.trade.farm.party)] {
        let hidden = chain::reopen_season(farm.app(), &stranger, season, &reason(), None).await.unwrap_err();
        assert!(matches!(hidden, Error::NotFound | Error::NoMandate { .. }), "{hidden:?}");
    }
    let (reason, by) = (reason(), farm.by());
    let both = (0..4).map(|_| chain::reopen_season(farm.app(), &by, season, &reason, None));
    let done = join_all(both).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    for refused in done.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::Field(fieldbook::Error::SeasonOpen)), "{refused:?}");
    }
    let ends = farm.ends(season).await;
    assert!(ends.len() == 1 && ends[0].taken_back.is_some(), "{ends:?}");
    // Of a season that is itself taken back, no end is.
    farm.clear(season, "2026-11-10").await.unwrap();
    later(farm.app());
    chain::withdraw_season(farm.app(), &by, season).await.unwrap();
    let over = farm.reopen(season, None).await.unwrap_err();
    assert!(matches!(over, Error::Field(fieldbook::Error::SeasonOver)), "{over:?}");
    // For a household it is told under its mandate.
    let (household, mandate) = farm.trade.household().await;
    let theirs = plot(&farm.trade, &household, "Ruộng bà Mơ").await;
    let by = By::behalf(farm.trade.farm.member, household.party);
    later(farm.app());
    let season = self::season(&farm.trade, &by, theirs, "cai_ngot", "2026-11-23").await;
    chain::clear_season(farm.app(), &by, season, day("2026-11-23")).await.unwrap();
    later(farm.app());
    chain::reopen_season(farm.app(), &by, season, &reason, None).await.unwrap();
    let ends = farm.ends(season).await;
    let back = ends[0].taken_back.as_ref().expect("taken back");
    assert_eq!((back.told.recorder, back.told.mandate), (farm.trade.farm.party, Some(mandate)));
    follows(farm.app()).await;
}

async fn land_that_was_sown_since_is_not_taken_again(on: On) {
    let farm = Farm::start(on).await;
    let first = farm.sow("cai_ngot", "2026-10-01").await;
    farm.clear(first, "2026-11-10").await.unwrap();
    let second = farm.sow("cai_bap", "2026-11-12").await;
    // Both are of the whole plot.
    let expected = ("season_sown_since", "12/11/2026".to_owned());
    assert_eq!(problem(farm.reopen(first, None).await), expected);
    assert_eq!(problem(farm.reopen(first, Some("2026-11-13")).await), expected);
    assert_eq!(farm.cleared_on(first).await, Some(day("2026-11-10")));
    assert_eq!(farm.ends(first).await.len(), 1);
    // What is cleared is free on the same day.
    farm.reopen(first, Some("2026-11-12")).await.unwrap();
    assert_eq!(farm.cleared_on(first).await, Some(day("2026-11-12")));
    later(farm.app());
    chain::withdraw_season(farm.app(), &farm.by(), second).await.unwrap();
    // Where there is land for both, they stand beside each other; and one that was to be over by then takes none.
    let by = farm.by();
    let half = async |crop: &str, days: (&str, &str)| {
        later(farm.app());
        open(&farm.trade, &by, farm.place, crop, days, "1 sào").await.expect("a season")
    };
    farm.clear(half("cai_ngot", ("2026-11-13", "")).await, "2026-11-15").await.unwrap();
    let third = half("rau_muong", ("2026-11-13", "")).await;
    farm.clear(third, "2026-11-16").await.unwrap();
    half("cai_bap", ("2026-11-17", "")).await;
    farm.reopen(third, None).await.unwrap();
    farm.clear(third, "2026-11-18").await.unwrap();
    farm.sow("rau_muong", "2026-11-19").await;
    assert_eq!(problem(farm.reopen(third, None).await), ("season_sown_since", "19/11/2026".to_owned()));
    later(farm.app());
    let days = ("2026-11-01", "2026-11-05");
    let over = open(&farm.trade, &by, farm.place, "rau_can", days, "2 sào").await.expect("a season");
    farm.clear(over, "2026-11-04").await.unwrap();
    farm.reopen(over, None).await.unwrap();
    follows(farm.app()).await;
}

async fn what_a_season_yields_is_weighed_anew_with_its_end(on: On) {
    let farm = Farm::start(on).await;
    let by = farm.by();
    // At most 1,080 kg on each of two halves, and what stands beside each other is weighed together.
    let first = open(&farm.trade, &by, farm.place, "rau_muong", ("2026-09-01", ""), "1 sào").await.unwrap();
    farm.harvest(farm.spinach, "2026-11-05", 1_000_000).await;
    later(farm.app());
    open(&farm.trade, &by, farm.place, "rau_muong", ("2026-11-11", ""), "1 sào").await.unwrap();
    let lot = farm.harvest(farm.spinach, "2026-11-15", 1_100_000).await.lot.id;
    assert_eq!(farm.breach(lot).await, None);
    for _ in 0..2 {
        farm.clear(first, "2026-11-10").await.unwrap();
        assert_eq!(farm.breach(lot).await.as_deref(), Some("beyond_yield"), "the second season alone");
        follows(farm.app()).await;
        farm.reopen(first, None).await.unwrap();
        assert_eq!(farm.breach(lot).await, None, "both together");
        follows(farm.app()).await;
    }
}

async fn what_an_inspector_let_pass_stays_so_whenever_the_season_ended(on: On) {
    let farm = Farm::start(on).await;
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    farm.spray(STRANGE, "2026-11-01").await;
    let own = farm.harvest(farm.choy, "2026-11-05", 1_000).await.lot.id;
    farm.clear(season, "2026-11-10").await.unwrap();
    let let_pass = async |lot: LotId| {
        later(farm.app());
        let release = Command::Release(StopLot { lot, reason: reason() });
        chain::record(farm.app(), &inspector(), release).await.expect("a release");
        assert_eq!(farm.breach(lot).await, None);
        follows(farm.app()).await;
    };
    let_pass(own).await;
    // Whenever it ended, the spray stands against the harvest as it did.
    for instead in [None, Some("2026-11-06"), Some("2026-11-20")] {
        if farm.cleared_on(season).await.is_none() {
            farm.clear(season, "2026-11-12").await.unwrap();
        }
        farm.reopen(season, instead).await.unwrap();
        assert_eq!(farm.breach(own).await, None, "{instead:?}");
        follows(farm.app()).await;
    }
    // What was free because the season had ended was seen by nobody.
    let other = farm.harvest(farm.cabbage, "2026-11-21", 1_000).await.lot.id;
    assert_eq!(farm.breach(other).await, None);
    farm.reopen(season, None).await.unwrap();
    assert_eq!((farm.breach(own).await, farm.breach(other).await.as_deref()), (None, Some(RULE)));
    follows(farm.app()).await;
    let_pass(other).await;
    farm.clear(season, "2026-11-22").await.unwrap();
    farm.reopen(season, None).await.unwrap();
    assert_eq!((farm.breach(own).await, farm.breach(other).await), (None, None));
    follows(farm.app()).await;
    // Another spray is more.
    farm.spray(STRANGE, "2026-11-04").await;
    for lot in [own, other] {
        assert_eq!(farm.breach(lot).await.as_deref(), Some(RULE));
    }
    follows(farm.app()).await;
    let kept = chain::rebuild(farm.app(), true, |_, _| {}).await.unwrap();
    assert_eq!(kept.rows, 0, "{kept:#?}");
}

/// Does something while somebody else writes about the same plot, an hour later by the clock, and puts something into
/// the log; what is done has to wait, or to begin again.
async fn beside<T>(
    farm: &Farm,
    entry: impl Fn(LogEntryId, Moment) -> Entry,
    act: impl Future<Output = T>,
) -> T {
    let app = farm.app();
    let begun = std::cell::Cell::new(false);
    let other = app.store.write(async |tx| {
        places::shut_gate(tx, farm.place).await?;
        begun.set(true);
        match &app.store {
            // The one writer is taken: long enough that the other has drawn what it draws before it waits.
            Store::Sqlite { .. } => tokio::time::sleep(std::time::Duration::from_millis(300)).await,
            Store::Postgres { .. } => until("the act waits", async || waiting(&app.store).await > 0).await,
        }
        let now = later(app);
        log::append(tx, &entry(app.id(), now)).await
    });
    let act = async {
        until("the other has begun", async || begun.get()).await;
        act.await
    };
    let (other, done) = join(other, act).await;
    other.expect("written");
    done
}

async fn who_lost_a_race_stands_behind_the_one_it_lost_to(on: On) {
    let farm = Farm::start(on).await;
    let (app, by) = (farm.app(), farm.by());
    let subject = Subject::Party(farm.trade.farm.party);
    let entry = |id: LogEntryId, at: Moment| Entry {
        id,
        kind: Kind::PartyChanged,
        subject: subject.clone(),
        at,
        actor: Author { party: None, role: "officer" },
        body: json!({ "first": true }),
    };
    let last = async || {
        let told = told(&app.store, &subject).await;
        told.into_iter().map(|(kind, _)| kind).rev().take(2).collect::<Vec<_>>()
    };
    let season = farm.sow("cai_ngot", "2026-10-01").await;
    let new = spray(STRANGE, "2026-11-01").parse(Some(farm.place), Origin::Form).unwrap();
    let done = beside(&farm, entry, chain::record_activity(app, &by, None, new)).await.unwrap();
    assert_eq!(last().await, ["activity.recorded", "party.changed"]);
    assert_eq!(done.activities[0].recorded_at, app.clock.now(), "it was done when the other was over");
    farm.clear(season, "2026-11-10").await.unwrap();
    Box::pin(beside(&farm, entry, chain::reopen_season(app, &by, season, &reason(), None))).await.unwrap();
    assert_eq!(last().await, ["activity.corrected", "party.changed"]);
    let ends = farm.ends(season).await;
    assert_eq!(ends[0].taken_back.as_ref().expect("taken back").told.at, app.clock.now());
    let wrong = done.activities[0].id;
    beside(&farm, entry, chain::correct_activity(app, &by, None, wrong, None)).await.unwrap();
    assert_eq!(last().await, ["activity.corrected", "party.changed"]);
    follows(app).await;
}
