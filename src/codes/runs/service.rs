//! Issuing runs, activating and voiding their labels, and looking at them: one unit of work each.

use super::food;
use super::model::{Range, RangeState, Run, RunDraft, RunState, Span, Told, Which, sum};
use super::press::Press;
use super::serial::Scatter;
use super::store::{self, NewRange};
use super::telling::{Made, tell, tell_pieces, told};
use crate::accounts::{Identity, Member};
use crate::app::App;
use crate::chain::{self, By};
use crate::codes::Error;
use crate::codes::service::standing;
use crate::custody;
use crate::kernel::{Day, Line, LotId, PartyId, PersonId, Problem, Problems, ProductId, RunId, Unit};
use crate::keys::{Host, Role, SecretKey};
use crate::log::{self, Kind, Subject};
use crate::lots::{self, CodeAccount, Lot};
use crate::parties::{self, Status};
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};
use std::sync::Arc;

/// A run after an act on it.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The run with its ranges.
    pub state: RunState,
    /// The labels that the act was about.
    pub spans: Vec<Span>,
}

fn member(by: &By) -> Result<(Member, Option<PartyId>), Error> {
    match by {
        By::Member { member, behalf_of } => Ok((*member, *behalf_of)),
        By::Official(_) => Err(Error::NotInHand),
    }
}

async fn approved(tx: &mut Tx, party: PartyId) -> Result<(), Error> {
    let party = parties::party(tx, party).await?;
    if party.is_some_and(|party| party.status == Status::Approved) { Ok(()) } else { Err(Error::NotApproved) }
}

/// What the paths of a product's labels name it by.
fn named(product: &Product) -> String {
    match &product.gtin {
        Some(gtin) => format!("01/{gtin}"),
        None => format!("P/{}", product.number),
    }
}

/// Issues a run of unit codes for packs of a lot.
///
/// # Errors
/// [`Error::NotFound`] when the lot is not one of the party's chain, [`Error::NotInHand`] when the party has nothing of it,
/// [`Error::Stopped`], [`Error::NoKey`]; [`Error::Invalid`] for more than was packed and is not coded.
pub async fn issue(app: &App, by: &By, lot: LotId, draft: &RunDraft) -> Result<Acted, Error> {
    let (member, behalf_of) = member(by)?;
    log::first_look(app).await?;
    app.serials.open(app).await?;
    let made = Made::now(app, once(draft)?);
    let salt = app.secret();
    let ring = app.keys.current();
    let key = ring.signing(Role::Code, made.now);
    let (state, fresh) = app
        .store
        .write(async |tx| {
            let made = made.again(app);
            let found = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
            let party = in_hand(tx, &found, member.party, behalf_of, made.now.day()).await?;
            if let Some(known) =
                repeated(tx, &made, draft, (party, found.product, Some(lot), found.unit())).await?
            {
                return Ok((known, false));
            }
            let party = party.ok_or(Error::NotInHand)?;
            approved(tx, party).await?;
            if let Some(stop) = found.stop() {
                return Err(Error::stopped(tx, &found, stop).await?);
            }
            log::still_ready(app)?;
            let new = draft.run(found.unit())?;
            let product = products::product(tx, found.product).await?.ok_or(Error::NotFound)?;
            let (key, made) = signing(tx, app, key, made.run).await?;
            draw(tx, &found, party, new.count, new.pack_size.amount()).await?;
            food::enough(tx, &found, party, (new.count, new.pack_size.amount())).await?;
            let run = begin(
                tx,
                &made,
                &product,
                (Some(lot), party, member.person),
                key,
                (new.count, new.pack_size.amount()),
            )
            .await?;
            if !lots::pass(tx, lot, found.gate_version).await? {
                return Err(StoreError::lost_race().into());
            }
            let body = told(tx, &run, &product, key, (salt, new.pack_size)).await?;
            tell(tx, &made, Kind::CodesIssued, Subject::Lot(lot), (Some(party), member.role.as_str()), body)
                .await?;
            Ok((RunState { run, ranges: Vec::new() }, true))
        })
        .await?;
    // Before the wait, which may end late or with whoever asked: what is kept of the lot is old now, and what waits is not kept.
    if fresh {
        app.changes.note(lot);
    }
    log::sealed(app, state.run.entry).await?;
    Ok(Acted { spans: vec![state.span()], state })
}

/// Issues a stock roll: labels of a product that get their lot when they are activated, and draw on nothing until then.
///
/// # Errors
/// [`Error::NotFound`] for a product of others, [`Error::NoKey`], [`Error::Invalid`].
pub async fn issue_roll(app: &App, by: &By, product: ProductId, draft: &RunDraft) -> Result<Acted, Error> {
    let (member, behalf_of) = member(by)?;
    log::first_look(app).await?;
    app.serials.open(app).await?;
    let made = Made::now(app, once(draft)?);
    let salt = app.secret();
    let ring = app.keys.current();
    let key = ring.signing(Role::Code, made.now);
    let state = app
        .store
        .write(async |tx| {
            let made = made.again(app);
            let product = products::product(tx, product).await?.ok_or(Error::NotFound)?;
            let party = for_whom(tx, &member, behalf_of, product.party, made.now.day()).await?;
            if let Some(known) =
                repeated(tx, &made, draft, (Some(party), product.id, None, product.unit)).await?
            {
                return Ok(known);
            }
            approved(tx, party).await?;
            log::still_ready(app)?;
            let new = draft.run(product.unit)?;
            let (key, made) = signing(tx, app, key, made.run).await?;
            let size = (new.count, new.pack_size.amount());
            let run = begin(tx, &made, &product, (None, party, member.person), key, size).await?;
            let body = told(tx, &run, &product, key, (salt, new.pack_size)).await?;
            let actor = (Some(party), member.role.as_str());
            tell(tx, &made, Kind::CodesIssued, Subject::Party(party), actor, body).await?;
            Ok::<_, Error>(RunState { run, ranges: Vec::new() })
        })
        .await?;
    log::sealed(app, state.run.entry).await?;
    Ok(Acted { spans: vec![state.span()], state })
}

/// Activates labels at packing: the gates of the lot again; labels of a stock roll get their lot here, and draw on it. Under a key that the sender
/// chose they are activated once, and answered alike.
///
/// # Errors
/// [`Error::KeyTaken`] when the key was used for other labels;
/// [`Error::NotFound`] for a run of others, [`Error::NotInHand`], [`Error::Stopped`]; [`Error::Invalid`] for labels that are active
/// or void, that are not the run's, or whose lot is another.
pub async fn activate(app: &App, by: &By, run: RunId, draft: &RunDraft) -> Result<Acted, Error> {
    let (member, behalf_of) = member(by)?;
    log::first_look(app).await?;
    let scatter = app.serials.open(app).await?;
    let (told_which, asked_lot) = (draft.which()?, draft.lot()?);
    let made = Made { key: draft.once()?.map(|key| key.as_uuid()), ..Made::now(app, None) };
    let (mut acted, lot, last) = app
        .store
        .write(async |tx| {
            let made = made.again(app);
            let mut state = store::find(tx, run).await?.ok_or(Error::NotFound)?;
            let party = for_whom(tx, &member, behalf_of, state.run.party, made.now.day()).await?;
            let asked = (RangeState::Activated, &told_which);
            if let Some((spans, last)) = done_before(tx, &made, &scatter, &state, asked).await? {
                let on = last.lot.filter(|on| asked_lot.is_none_or(|lot| lot == *on));
                return Ok((Acted { state, spans }, on.ok_or(Error::KeyTaken)?, last.entry));
            }
            approved(tx, party).await?;
            log::still_ready(app)?;
            let lot = match (state.run.lot, asked_lot) {
                (Some(own), Some(other)) if own != other => {
                    Err(Problem::new("labels_of_other_lot").at("lot"))
                }
                (Some(own), _) => Ok(own),
                (None, Some(lot)) => Ok(lot),
                (None, None) => Err(Problem::new("choose_one").at("lot")),
            };
            let lot = lots::find(tx, lot?).await?;
            let lot = lot.filter(|lot| lot.product == state.run.product);
            let lot = lot.ok_or_else(|| Problem::new("labels_of_other_lot").at("lot"))?;
            if in_hand(tx, &lot, party, None, made.now.day()).await? != Some(party) {
                return Err(Error::NotInHand);
            }
            if let Some(stop) = lot.stop() {
                return Err(Error::stopped(tx, &lot, stop).await?);
            }
            let product = products::product(tx, state.run.product).await?.ok_or(Error::NotFound)?;
            let which = resolve(&scatter, &product, &state, &told_which)?;
            let spans = state.to_activate(which)?;
            let drawn = if state.run.lot.is_none() { sum(&spans) } else { 0 };
            if drawn > 0 {
                draw(tx, &lot, party, drawn, state.run.pack_size).await?;
            }
            food::enough(tx, &lot, party, (drawn, state.run.pack_size)).await?;
            confirm(tx, &state.run).await?;
            let actor = (Some(party), member.person);
            add(tx, &made, &mut state, RangeState::Activated, &spans, Some(lot.id), None, actor).await?;
            if !lots::pass(tx, lot.id, lot.gate_version).await? {
                return Err(StoreError::lost_race().into());
            }
            let (told, actor) =
                ((Kind::CodesActivated, Subject::Lot(lot.id)), (Some(party), member.role.as_str()));
            tell_pieces(tx, &made, told, actor, (&state.run, Some(&lot.code), &spans)).await?;
            // The last one: the others stand before it.
            let last = made.entry_of(spans.len().saturating_sub(1));
            Ok((Acted { state, spans }, lot.id, last))
        })
        .await?;
    // Before the wait, as with an issue.
    app.changes.note(lot);
    log::sealed(app, last).await?;
    let spans = &acted.spans;
    let own = acted.state.ranges.iter_mut().filter(|range| spans.contains(&range.span));
    own.filter(|range| range.state == RangeState::Activated).for_each(|range| range.is_logged = true);
    Ok(acted)
}

/// Voids labels: by the party that they were issued to, or by the authority; at once, whatever stops the lot. What is void already stays
/// so, and what the others had drawn is given back. Under a key that the sender chose they are voided once: so many more are others.
///
/// # Errors
/// [`Error::KeyTaken`] when the key was used for other labels; [`Error::NotFound`] for a run of others; [`Error::Invalid`] for labels that are not the run's.
pub async fn void(app: &App, by: &By, run: RunId, draft: &RunDraft) -> Result<Acted, Error> {
    let scatter = app.serials.open(app).await?;
    let (told_which, why) = (draft.which()?, draft.why()?);
    let made = Made { key: draft.once()?.map(|key| key.as_uuid()), ..Made::now(app, None) };
    let (acted, reached) = app
        .store
        .write(async |tx| {
            let made = made.again(app);
            let mut state = store::find(tx, run).await?.ok_or(Error::NotFound)?;
            let party = match by {
                By::Member { member, behalf_of } => {
                    Some(for_whom(tx, member, *behalf_of, state.run.party, made.now.day()).await?)
                }
                By::Official(_) => None,
            };
            let asked = (RangeState::Void, &told_which);
            if let Some((spans, _)) = done_before(tx, &made, &scatter, &state, asked).await? {
                return Ok((Acted { state, spans }, Vec::new()));
            }
            let product = products::product(tx, state.run.product).await?.ok_or(Error::NotFound)?;
            let which = resolve(&scatter, &product, &state, &told_which)?;
            let spans = state.to_void(which)?;
            if spans.is_empty() {
                return Ok((Acted { state, spans }, Vec::new()));
            }
            let mut touched: Vec<(LotId, i64)> = match state.run.lot {
                Some(lot) => vec![(lot, sum(&spans))],
                None => state.activated_in(&spans),
            };
            touched.sort();
            for (lot, labels) in &touched {
                let mass = labels.saturating_mul(state.run.pack_size);
                lots::return_codes(tx, *lot, state.run.party, mass).await?;
                lots::touch(tx, *lot).await?;
            }
            confirm(tx, &state.run).await?;
            let actor = (party, by.person());
            add(tx, &made, &mut state, RangeState::Void, &spans, None, why.as_ref(), actor).await?;
            let subject = match touched.first() {
                Some((lot, _)) => Subject::Lot(*lot),
                None => Subject::Party(state.run.party),
            };
            let (told, actor) = ((Kind::CodesVoided, subject), (party, by.role().as_str()));
            tell_pieces(tx, &made, told, actor, (&state.run, None, &spans)).await?;
            // Codes without packs held the lot: fewer of them may free it.
            let lots: Vec<LotId> = touched.iter().map(|(lot, _)| *lot).collect();
            let reached = chain::look_again(tx, app, by, &lots).await?;
            Ok::<_, Error>((Acted { state, spans }, reached))
        })
        .await?;
    let lots = acted.state.run.lot.into_iter().chain(acted.state.ranges.iter().filter_map(|range| range.lot));
    for lot in lots.chain(reached) {
        app.changes.note(lot);
    }
    Ok(acted)
}

fn once(draft: &RunDraft) -> Result<Option<RunId>, Problem> {
    Ok(draft.once()?.map(|key| RunId::from_uuid(key.as_uuid())))
}

/// The run that was issued before under the same key: of the same party and product, for the same lot, of as many packs of the same size.
async fn repeated(
    tx: &mut Tx,
    made: &Made,
    draft: &RunDraft,
    (party, product, lot, unit): (Option<PartyId>, ProductId, Option<LotId>, Unit),
) -> Result<Option<RunState>, Error> {
    let Some(state) = store::find(tx, made.run).await? else { return Ok(None) };
    let (run, asked) = (&state.run, draft.run(unit)?);
    let same = (Some(run.party), run.product, run.lot) == (party, product, lot)
        && (run.count, run.pack_size) == (asked.count, asked.pack_size.amount());
    if same { Ok(Some(state)) } else { Err(Error::KeyTaken) }
}

/// What became of labels before under the same key: of as many of the same run, or of those that are named; the last piece of them.
async fn done_before(
    tx: &mut Tx,
    made: &Made,
    scatter: &Scatter,
    state: &RunState,
    (what, told): (RangeState, &Told),
) -> Result<Option<(Vec<Span>, Range)>, Error> {
    if made.key.is_none() {
        return Ok(None);
    }
    let mut known = Vec::new();
    while let Some(piece) = store::piece(tx, made.piece(what, known.len())).await? {
        known.push(piece);
    }
    let Some(last) = known.last() else { return Ok(None) };
    let spans: Vec<Span> = known.iter().map(|piece| piece.range.span).collect();
    let product = products::product(tx, state.run.product).await?.ok_or(Error::NotFound)?;
    let is_asked = match resolve(scatter, &product, state, told)? {
        Which::Next(count) => sum(&spans) == count,
        // What was void before is none of what this voided.
        Which::Span(span) => spans.iter().all(|own| span.first <= own.first && own.end <= span.end),
    };
    if !is_asked || known.iter().any(|piece| piece.run != state.run.id) {
        return Err(Error::KeyTaken);
    }
    Ok(Some((spans, last.range)))
}

/// The party with something of a lot in hand that one acts for; an error for somebody who may not know of the lot.
async fn in_hand(
    tx: &mut Tx,
    lot: &Lot,
    own: PartyId,
    behalf_of: Option<PartyId>,
    today: Day,
) -> Result<Option<PartyId>, Error> {
    let (party, _) = standing(tx, lot, own, behalf_of, today).await?.ok_or(Error::NotFound)?;
    let held = lots::holding(tx, lot.id, party).await?.is_some_and(|holding| holding.amount > 0);
    Ok(Some(party).filter(|_| held))
}

/// The party whose labels or product it is, when one may act for it.
async fn for_whom(
    tx: &mut Tx,
    member: &Member,
    behalf_of: Option<PartyId>,
    whose: PartyId,
    today: Day,
) -> Result<PartyId, Error> {
    if behalf_of.is_none_or(|party| party == member.party) && member.party == whose {
        return Ok(whose);
    }
    let named = behalf_of.is_none_or(|party| party == whose);
    if named && parties::mandate_in_force(tx, whose, member.party, today).await?.is_some() {
        return Ok(whose);
    }
    Err(Error::NotFound)
}

/// The key by which a run is issued, and the entry and the time of that.
async fn signing<'k>(
    tx: &mut Tx,
    app: &App,
    key: Option<&'k SecretKey>,
    run: RunId,
) -> Result<(&'k SecretKey, Made), Error> {
    let key = key.ok_or(Error::NoKey)?;
    // Another service may have heard of a compromise that this one has not yet.
    let signs = custody::may_sign(tx, app, key.verifier().id()).await?;
    let (entry, now) = signs.ok_or(Error::NoKey)?;
    Ok((key, Made { key: None, run, entry, now }))
}

/// Draws on the code account of a lot.
async fn draw(tx: &mut Tx, lot: &Lot, party: PartyId, labels: i64, pack_size: i64) -> Result<(), Error> {
    let mass = labels.checked_mul(pack_size).unwrap_or(i64::MAX);
    if lots::draw_codes(tx, lot.id, party, mass).await? {
        return Ok(());
    }
    let left = lots::code_account(tx, lot.id, party).await?.left();
    let packs = (left / pack_size.max(1)).to_string();
    Err(Problem::new("labels_beyond").value(labels.to_string()).arg("left", packs).at("count").into())
}

async fn begin(
    tx: &mut Tx,
    made: &Made,
    product: &Product,
    (lot, party, person): (Option<LotId>, PartyId, PersonId),
    key: &SecretKey,
    (count, pack_size): (i64, i64),
) -> Result<Run, Error> {
    let first = store::take_indices(tx, product.id, count).await?;
    let first = first.ok_or_else(|| Problem::new("serials_used_up").value(count.to_string()).at("count"))?;
    let run = Run {
        id: made.run,
        product: product.id,
        product_key: named(product),
        lot,
        party,
        key: key.verifier().id(),
        host: Host::parse(key.verifier().name().host()).map_err(|why| Error::Path(why.to_string()))?,
        first,
        count,
        pack_size,
        issued_at: made.now,
        entry: made.entry,
        version: 0,
    };
    store::insert(tx, &run, person)
        .await
        .map_err(|error| if error.is_unique_violation() { StoreError::lost_race() } else { error })?;
    Ok(run)
}

/// Which labels are meant: serials are read back to their indices, which must be of the run and in its order.
fn resolve(scatter: &Scatter, product: &Product, state: &RunState, told: &Told) -> Result<Which, Problems> {
    let (from, to) = match told {
        Told::Next(count) => return Ok(Which::Next(*count)),
        Told::Serials(from, to) => (from, to),
    };
    let mut problems = Problems::default();
    let mut read = |field: &str, serial: &crate::kernel::Serial| {
        let index = scatter.index(&product.number, serial).filter(|index| state.span().holds(*index));
        problems.take(field, index.ok_or_else(|| Problem::new("serial_of_other_run").value(serial.as_str())))
    };
    match (read("from", from), read("to", to)) {
        (Some(first), Some(last)) if first <= last => Ok(Which::Span(Span { first, end: last + 1 })),
        (Some(_), Some(_)) => Err(Problem::new("serials_reversed").value(to.as_str()).at("to").into()),
        _ => Err(problems),
    }
}

async fn confirm(tx: &mut Tx, run: &Run) -> Result<(), Error> {
    if store::pass(tx, run).await? { Ok(()) } else { Err(StoreError::lost_race().into()) }
}

#[expect(clippy::too_many_arguments, reason = "a range has as many sides")]
async fn add(
    tx: &mut Tx,
    made: &Made,
    state: &mut RunState,
    what: RangeState,
    spans: &[Span],
    lot: Option<LotId>,
    reason: Option<&Line>,
    (party, by): (Option<PartyId>, PersonId),
) -> Result<(), Error> {
    for (n, span) in spans.iter().enumerate() {
        let range = Range { state: what, span: *span, lot, is_logged: false, entry: made.entry_of(n) };
        let id = made.piece(what, n);
        let new = NewRange { id, run: state.run.id, range, reason, party, by, at: made.now };
        store::add_range(tx, &new)
            .await
            .map_err(|error| if error.is_unique_violation() { StoreError::lost_race() } else { error })?;
        state.ranges.push(range);
    }
    Ok(())
}

/// What a page of unit labels shows.
#[derive(Clone, Debug)]
pub struct Units {
    /// The lot, on the page of one.
    pub lot: Option<Lot>,
    /// The product.
    pub product: Product,
    /// The party that the one who looks acts for; none for the authority.
    pub party: Option<PartyId>,
    /// What that party may code of the lot.
    pub account: CodeAccount,
    /// The runs, newest first.
    pub runs: Vec<RunState>,
}

/// What the packs hold on which codes of a lot stand; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn pack_sizes(tx: &mut Tx, lot: LotId) -> Result<Vec<i64>, StoreError> {
    store::pack_sizes(tx, lot).await
}

/// The runs of a lot, and the stock rolls whose labels may be put on it.
///
/// # Errors
/// [`Error::NotFound`] when the lot is not one that the viewer may see.
pub async fn of_lot(app: &App, who: &Identity, lot: LotId) -> Result<Units, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let lot = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
            let party = match who.party {
                Some(own) => Some(standing(tx, &lot, own, None, today).await?.ok_or(Error::NotFound)?.0),
                None => None,
            };
            let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
            let mut runs = store::of_lot(tx, lot.id).await?;
            let mut account = CodeAccount::default();
            if let Some(party) = party {
                account = lots::code_account(tx, lot.id, party).await?;
                account.of_all = account.of_all.min(food::left(tx, lot.id, party).await?);
                // Other parties' labels are their affair.
                runs.retain(|state| state.run.party == party);
                let mut rolls = store::rolls(tx, product.id, party).await?;
                rolls.retain(|roll| {
                    roll.free_count() > 0 && !runs.iter().any(|run| run.run.id == roll.run.id)
                });
                runs.extend(rolls);
            }
            Ok(Units { lot: Some(lot), product, party, account, runs })
        })
        .await
}

/// The stock rolls of a product.
///
/// # Errors
/// [`Error::NotFound`] for a product of others.
pub async fn of_product(app: &App, who: &Identity, product: ProductId) -> Result<Units, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let product = products::product(tx, product).await?.ok_or(Error::NotFound)?;
            seen(tx, who, product.party, today).await?;
            let runs = store::rolls(tx, product.id, product.party).await?;
            let party = who.party.map(|_| product.party);
            Ok(Units { lot: None, product, party, account: CodeAccount::default(), runs })
        })
        .await
}

async fn seen(tx: &mut Tx, who: &Identity, whose: PartyId, today: Day) -> Result<(), Error> {
    let viewer = lots::viewer(tx, who, today).await?;
    if viewer.is_party_to(&[Some(whose)]) { Ok(()) } else { Err(Error::NotFound) }
}

/// A run, for the party whose labels they are and for the authority.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub async fn run(app: &App, who: &Identity, id: RunId) -> Result<(RunState, Product, Option<Lot>), Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let state = store::find(tx, id).await?.ok_or(Error::NotFound)?;
            seen(tx, who, state.run.party, today).await?;
            let product = products::product(tx, state.run.product).await?.ok_or(Error::NotFound)?;
            let lot = match state.run.lot {
                Some(lot) => lots::find(tx, lot).await?,
                None => None,
            };
            Ok((state, product, lot))
        })
        .await
}

/// What prints the labels of a run: also when its key is retired, as long as its private half lies here.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NoKey`]; [`Error::Log`] while its issue is not under a signed checkpoint.
pub async fn press(app: &App, who: &Identity, id: RunId) -> Result<Press, Error> {
    let (state, product, lot) = run(app, who, id).await?;
    if log::index_of(app, state.run.entry).await?.is_none() {
        return Err(log::Error::Late.into());
    }
    let scatter = app.serials.open(app).await?;
    let ring = app.keys.current();
    let key = ring.secrets().iter().find(|secret| secret.verifier().id() == state.run.key);
    let key = Arc::clone(key.ok_or(Error::NoKey)?);
    Ok(Press { run: state.run, product: product.number, lot: lot.map(|lot| lot.code), key, scatter })
}
