//! Evidence at the door: what a pack claims, what a test finds, what a plot's sample says of its harvests; and what follows for lots when a
//! certificate ends or a report turns out wrong.
//!
//! What must stay true: evidence and what it does to lots are one unit of work. What holds a lot follows from the evidence that counts now:
//! when a certificate ends, every packing that claims it is looked at again; when a plot's tests change, every harvest there is.

use super::act::{Act, Fresh, Known, Mode, Standing};
use super::error::Error;
use super::memory::Memory;
use super::model::{By, Command, Correct, Test, When};
use super::{growth, movement, service};
use crate::app::App;
use crate::events::{self, Grown};
use crate::evidence::{
    self, About, Attachment, Certificate, Keeper, LabTest, NewLabTest, NewTest, PlotFailure,
    Standing as Stands, TestEntry, TurnKind, Verdict,
};
use crate::kernel::{
    CertificateId, Day, EventId, LabTestId, Line, LogEntryId, LotId, Note, PartyId, PlaceId, Problem,
    Problems,
};
use crate::log::{self, Subject};
use crate::lots::{self, Lot};
use crate::parties::{self, Kind};
use crate::places::{self, Place};
use crate::products;
use crate::store::{StoreError, Tx};
use serde_json::json;

/// Why evidence was not taken in: the door's reason, or that of the evidence itself.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The door stays shut.
    #[error(transparent)]
    Chain(#[from] Error),
    /// The evidence is not what it must be.
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
}

impl From<StoreError> for EvidenceError {
    fn from(error: StoreError) -> Self {
        Self::Chain(error.into())
    }
}

impl From<Problem> for EvidenceError {
    fn from(problem: Problem) -> Self {
        Self::Evidence(Problems::from(problem).into())
    }
}

/// A test that was recorded, and the lots that it touches.
#[derive(Debug)]
pub struct TestRecorded {
    /// The test with its verdict.
    pub test: LabTest,
    /// The lots whose pages or gates changed.
    pub lots: Vec<LotId>,
}

/// The certificates that a packing claims: valid on the day, and of these goods.
pub(super) async fn claimed(
    tx: &mut Tx,
    act: &mut Act<'_>,
    claims: &[CertificateId],
    known: &Known,
    standing: &Standing,
    place: Option<&Place>,
    day: Day,
) -> Result<(), Error> {
    if claims.is_empty() {
        return Ok(());
    }
    let found = evidence::certificates(tx, claims).await?;
    let parties = [standing.party.id, known.lot.party];
    let places: Vec<PlaceId> = place.map(|place| place.id).into_iter().chain([known.lot.place]).collect();
    for id in claims {
        let certificate = found.iter().find(|certificate| certificate.id == *id);
        if let Some(error) = refusal(certificate, &parties, &places, known, day) {
            act.refuse(known.lot.id, error)?;
        }
    }
    Ok(())
}

fn refusal(
    certificate: Option<&Certificate>,
    parties: &[PartyId],
    places: &[PlaceId],
    known: &Known,
    day: Day,
) -> Option<Error> {
    // Of a certificate of strangers nothing is told.
    let theirs = |one: &&Certificate| {
        parties.contains(&one.party) || places.iter().any(|place| one.places.contains(place))
    };
    let Some(one) = certificate.filter(theirs) else { return Some(Error::UnknownCertificate) };
    let number = one.number.clone();
    match one.standing(day) {
        Stands::Valid if one.covers(parties, places, Some(known.lot.product)) => None,
        Stands::Valid => Some(Error::CertificateOutOfScope { number }),
        Stands::NotYet | Stands::Expired => {
            Some(Error::CertificateNotValid { number, from: one.from, to: one.to, day })
        }
        Stands::Suspended(since) | Stands::Withdrawn(since) => {
            Some(Error::CertificateStopped { number, since: Some(since) })
        }
        Stands::Wrong => Some(Error::CertificateStopped { number, since: None }),
    }
}

/// The lot that a test is about: one of the party's chain; a laboratory tests what it is given.
pub(super) async fn tested(
    tx: &mut Tx,
    act: &Act<'_>,
    lot: LotId,
    standing: &Standing,
) -> Result<Known, Error> {
    if standing.party.kind != Kind::Laboratory {
        return act.known(tx, lot, standing.party.id).await;
    }
    let lot = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    Ok(Known { lot, product })
}

/// The rule that a harvest breaches on a plot whose sample failed.
const PLOT_RULE: &str = "plot_test_failed";

/// What grew on a plot whose sample failed around that day is recorded and held.
pub(super) async fn grown(
    tx: &mut Tx,
    act: &mut Act<'_>,
    lot: LotId,
    place: PlaceId,
    day: Day,
) -> Result<(), Error> {
    let failures = evidence::failed_on_plot(tx, place, day).await?;
    if !failures.is_empty() {
        act.breach(lot, PLOT_RULE, &json!(failures).to_string());
    }
    Ok(())
}

/// Looks again at every harvest on a plot that a sample of that day can speak of.
async fn look_at_plot(tx: &mut Tx, act: &mut Act<'_>, place: PlaceId, sampled_on: Day) -> Result<(), Error> {
    let (first, last) = evidence::reach(sampled_on);
    for grown in events::harvests_at(tx, place, first.start(), last.plus_days(1).start()).await? {
        let now = evidence::failed_on_plot(tx, place, grown.time.day()).await?;
        if say_of_plot(tx, act, &grown, &now).await? {
            act.worse.insert(grown.lot);
        }
        lots::touch(tx, grown.lot).await?;
        act.touch(grown.lot);
    }
    Ok(())
}

/// Writes which failed tests of its plot speak against a harvest now in the place of those that did. What an inspector let pass stays so
/// until there is more against it: another test that failed, or one that failed for more. Whether there is more than was said.
async fn say_of_plot(tx: &mut Tx, act: &Act<'_>, grown: &Grown, now: &[PlotFailure]) -> Result<bool, Error> {
    let told = events::breaches_at(tx, grown.lot, grown.event).await?;
    let told = told.into_iter().find(|breach| breach.rule == PLOT_RULE);
    let (same, more) = match &told {
        None => (now.is_empty(), false),
        Some(_) if now.is_empty() => (false, false),
        Some(told) => {
            let before: Vec<PlotFailure> = serde_json::from_str(&told.detail).unwrap_or_default();
            let more = !PlotFailure::say_no_more(now, &before);
            (before == now || (told.overridden && !more), more)
        }
    };
    if same {
        return Ok(false);
    }
    events::drop_breach(tx, grown.lot, grown.event, PLOT_RULE).await?;
    if !now.is_empty() {
        let detail = json!(now).to_string();
        events::add_breach(tx, grown.lot, grown.event, PLOT_RULE, &detail).await?;
    } else if let Some(told) = told.filter(|told| !told.overridden) {
        growth::taken_back(tx, act, (grown.lot, grown.event), &told).await?;
    }
    Ok(more)
}

/// Looks again at what a plot's test speaks of.
pub(super) async fn test_changed(tx: &mut Tx, act: &mut Act<'_>, id: LabTestId) -> Result<(), Error> {
    let test = evidence::lab_test(tx, id).await?;
    match test.and_then(|test| Some((test.place?, test.sampled_on))) {
        Some((place, day)) => look_at_plot(tx, act, place, day).await,
        None => Ok(()),
    }
}

/// Looks again at every packing that claims a certificate.
pub(super) async fn certificate_changed(
    tx: &mut Tx,
    act: &mut Act<'_>,
    id: CertificateId,
) -> Result<(), Error> {
    for event in events::claiming(tx, id).await? {
        act.replay(event);
    }
    Ok(())
}

/// What was sampled, looked up.
enum Sampled {
    Lot(Lot),
    Plot(Place),
}

async fn sampled(tx: &mut Tx, about: &About) -> Result<Option<Sampled>, StoreError> {
    Ok(match about {
        About::Lot(id) => lots::find(tx, *id).await?.map(Sampled::Lot),
        About::LotCode(code) => lots::by_short_code(tx, code).await?.map(Sampled::Lot),
        About::Place(id) => places::place(tx, *id).await?.map(Sampled::Plot),
        About::PlaceNumber(number) => places::by_number(tx, number).await?.map(Sampled::Plot),
        About::PlaceGln(gln) => places::by_gln(tx, gln).await?.map(Sampled::Plot),
    })
}

fn unknown(about: &About) -> EvidenceError {
    let field = if matches!(about, About::Lot(_) | About::LotCode(_)) { "lot" } else { "place" };
    Problem::new("sample_unknown").at(field).into()
}

/// Records a laboratory's report: by its own account, or by a party of the lot's chain or of the plot. A lot that fails is held at once, and
/// so is what was harvested on a plot that fails, around the day of the sample.
///
/// # Errors
/// A lot or plot that one has nothing to do with; a result that its limit cannot be compared with; the gates of who acts.
pub async fn record_lab_test(
    app: &App,
    by: &By,
    new: &NewLabTest,
    file: Option<&Attachment>,
) -> Result<TestRecorded, EvidenceError> {
    let host = app.config.code_host();
    let recorded = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            // Within the unit of work: the log's order is that in which units were done.
            let (fresh, now) = (Fresh::draw(app, None), app.clock.now());
            let at = TestEntry { id: app.id(), entry: app.id(), salt: app.secret(), now };
            let memory = Memory::default();
            let fingerprint = service::fingerprint(
                by,
                &Command::Test(test_of(new, LotId::from_uuid(at.id.as_uuid()), false)),
            )?;
            let mut act = Act::new(host, &memory, now, by, fresh.clone(), fingerprint, Mode::Command);
            Box::pin(take_in(tx, &mut act, &at, new, file)).await
        })
        .await?;
    for lot in &recorded.lots {
        app.changes.note(*lot);
    }
    Ok(recorded)
}

/// The event that tells of a report.
fn test_of(new: &NewLabTest, lot: LotId, conforms: bool) -> Test {
    Test {
        lot,
        conforms,
        report: Line::parse(new.report.as_str()).ok(),
        place: None,
        when: Some(When::On(new.reported_on)),
        note: None,
    }
}

async fn take_in(
    tx: &mut Tx,
    act: &mut Act<'_>,
    at: &TestEntry,
    new: &NewLabTest,
    file: Option<&Attachment>,
) -> Result<TestRecorded, EvidenceError> {
    let By::Member { member, .. } = act.by else { return Err(Error::WrongRole.into()) };
    let keeper = Keeper::from(member);
    let time = act.time(Some(When::On(new.reported_on)), None)?;
    let standing = act.standing(tx, &time).await?;
    let own_account = standing.party.kind == Kind::Laboratory;
    let laboratory = own_account.then(|| (standing.party.id, standing.party.name.clone()));
    if laboratory.is_none() && new.laboratory.is_none() {
        return Err(Problem::new("text_empty").at("laboratory").into());
    }
    let found = sampled(tx, &new.about).await?.ok_or_else(|| unknown(&new.about))?;
    let (about, owner, group) = match &found {
        Sampled::Lot(lot) => {
            if !own_account && !lots::is_in_chain(tx, lot.id, standing.party.id).await? {
                return Err(unknown(&new.about));
            }
            let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
            (Ok(lot.id), lot.party, Some(product.group.code))
        }
        Sampled::Plot(place) => {
            if !own_account && place.party != standing.party.id {
                return Err(unknown(&new.about));
            }
            (Err(place.id), place.party, new.group.map(|group| group.code))
        }
    };
    let results = evidence::judge_all(new, group).map_err(evidence::Error::from)?;
    let party = standing.party.id;
    let mut test =
        NewTest { report: new, results, about, party, owner, laboratory, group, file, event: None };
    if evidence::is_test_recorded(tx, &test).await? {
        return Err(evidence::Error::RecordedAlready.into());
    }
    let conforms = match test.verdict() {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        // Nothing was found out: the journal tells of no outcome.
        Verdict::Inconclusive => None,
    };
    if let (Ok(lot), Some(conforms)) = (about, conforms) {
        let mut said = movement::test(tx, act, &test_of(new, lot, conforms)).await?;
        said.proved = Some(test.grade());
        test.event = Some(act.fresh.event);
        let named = said.write(tx, act).await?;
        service::finish(tx, act, &said, Some(party), &named).await?;
    }
    let test = evidence::enter_test(tx, at, &keeper, &test).await?;
    settle(tx, act, &test).await?;
    Ok(TestRecorded { test, lots: changed(act) })
}

/// What a test that came or went changes for lots, beside what its event does.
async fn settle(tx: &mut Tx, act: &mut Act<'_>, test: &LabTest) -> Result<(), Error> {
    if let Some(lot) = test.lot {
        lots::touch(tx, lot).await?;
        act.touch(lot);
    }
    if let Some(place) = test.place {
        look_at_plot(tx, act, place, test.sampled_on).await?;
    }
    service::conclude(tx, act).await
}

/// Declares a report wrong: by the party that entered it. What only it held is free again.
///
/// # Errors
/// [`evidence::Error::NotFound`], [`evidence::Error::WrongAlready`]; the gates of who acts.
pub async fn withdraw_lab_test(
    app: &App,
    by: &By,
    id: LabTestId,
    reason: &Note<500>,
) -> Result<Vec<LotId>, EvidenceError> {
    let host = app.config.code_host();
    let lots = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let (fresh, now) = (Fresh::draw(app, None), app.clock.now());
            let entry: LogEntryId = app.id();
            let memory = Memory::default();
            let By::Member { member, behalf_of } = by else { return Err(Error::WrongRole.into()) };
            let whose = behalf_of.unwrap_or(member.party);
            let test = evidence::lab_test(tx, id).await?.filter(|test| test.party == whose);
            let test = test.ok_or(evidence::Error::NotFound)?;
            let wrong = Correct {
                event: test.event.unwrap_or(fresh.event),
                did_not_occur: false,
                instead: Vec::new(),
                note: None,
            };
            let command = Command::Correct(wrong);
            let fingerprint = service::fingerprint(by, &command)?;
            let mut act = Act::new(host, &memory, now, by, fresh.clone(), fingerprint, Mode::Command);
            let time = act.time(None, None)?;
            act.standing(tx, &time).await?;
            evidence::declare_wrong(tx, entry, &Keeper::from(member), &test, reason, now).await?;
            if test.event.is_some() {
                Box::pin(service::run(tx, &mut act, &command, false)).await?;
            }
            settle(tx, &mut act, &test).await?;
            Ok::<_, EvidenceError>(changed(&act))
        })
        .await?;
    for lot in &lots {
        app.changes.note(*lot);
    }
    Ok(lots)
}

/// Lets something become of a certificate: suspended, resumed, withdrawn, wrong. Every packing that claims it is looked at again. What ends
/// waits for nothing; what is resumed frees food, and waits for the log as a lifted hold does. Under a key that the sender chose it is done once.
/// Gives the lots that were touched, and whether it was done before.
///
/// # Errors
/// [`Error::KeyTaken`] when the key was used for something else;
/// [`evidence::Error::NotFound`] for whoever may not, [`evidence::Error::Ended`], [`evidence::Error::TurnNotPossible`]; [`Error::Log`].
pub async fn turn_certificate(
    app: &App,
    by: &By,
    id: CertificateId,
    (kind, from, reason): (TurnKind, Day, &Note<500>),
    key: Option<EventId>,
) -> Result<(Vec<LotId>, bool), EvidenceError> {
    let host = app.config.code_host();
    let frees = kind == TurnKind::Resumed;
    if frees {
        log::first_look(app).await?;
    }
    let (lots, told, repeated) = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            // Within the unit of work: what is resumed stands in the log behind what was suspended before.
            let (fresh, now) = (Fresh::draw(app, None), app.clock.now());
            let (entry, row): (LogEntryId, LogEntryId) = (app.id(), app.id());
            let keeper = match by {
                By::Member { member, behalf_of } => {
                    let mut keeper = Keeper::from(member);
                    keeper.party = Some(behalf_of.unwrap_or(member.party));
                    keeper
                }
                By::Official(official) => Keeper::from(official),
            };
            if let Some(key) = key
                && let Some(is_same) =
                    evidence::turned(tx, key.as_uuid(), &keeper, id, (kind, from, reason)).await?
            {
                let certificate = evidence::certificate(tx, id).await?.filter(|_| is_same);
                let certificate = certificate.ok_or(Error::KeyTaken)?;
                let told = log::latest(tx, &Subject::Party(certificate.party)).await?;
                return Ok((Vec::new(), told, true));
            }
            if frees {
                log::still_ready(app).map_err(Error::from)?;
            }
            let ids = (entry, key.map_or_else(|| row.as_uuid(), |key| key.as_uuid()));
            evidence::turn(tx, ids, &keeper, id, (kind, from, reason), now).await?;
            let memory = Memory::default();
            let fingerprint = crate::kernel::Sha256Hash::of(id.as_uuid().as_bytes());
            let mut act = Act::new(host, &memory, now, by, fresh.clone(), fingerprint, Mode::Command);
            certificate_changed(tx, &mut act, id).await?;
            Box::pin(service::conclude(tx, &mut act)).await?;
            Ok::<_, EvidenceError>((changed(&act), Some(entry), false))
        })
        .await?;
    for lot in &lots {
        app.changes.note(*lot);
    }
    if frees && let Some(told) = told {
        log::sealed(app, told).await.map_err(Error::from)?;
    }
    Ok((lots, repeated))
}

/// The lots that were touched, and those made of them.
fn changed(act: &Act<'_>) -> Vec<LotId> {
    act.touched.iter().chain(&act.reached).copied().collect()
}

/// Whether a party is a laboratory, whose own account enters reports.
///
/// # Errors
/// When the database fails.
pub async fn is_laboratory(app: &App, party: PartyId) -> Result<bool, StoreError> {
    let found = app.store.glance(async |tx| parties::party(tx, party).await).await?;
    Ok(found.is_some_and(|party| party.kind == Kind::Laboratory))
}
