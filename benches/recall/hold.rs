//! How long until everything that came of a lot is stopped: in peace, while others sell it, and when thousands hold it; by a hold, and by a spray
//! that is entered after the harvest.

use super::{count, line, now, officer};
use anyhow::{Context, Result, ensure};
use nguongoc::accounts::{Member, Role};
use nguongoc::app::App;
use nguongoc::chain::{self, By, Command, Move, StopLot};
use nguongoc::fieldbook::{ActivityDraft, Origin};
use nguongoc::kernel::{LotId, Note, PartyId, PersonId, PlaceId, Quantity};
use nguongoc::lots;
use nguongoc::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Hands that sell what is to be stopped.
const SELLERS: usize = 4;
/// How long they sell before it is stopped.
const BEFORE: Duration = Duration::from_secs(2);

fn stop(lot: LotId) -> Result<StopLot> {
    let reason = Note::parse("Đo thời gian").map_err(|problem| anyhow::anyhow!("{}", problem.code))?;
    Ok(StopLot { lot, reason })
}

async fn act(app: &App, command: Command) -> Result<(usize, Duration)> {
    let begun = now();
    let done = chain::record(app, &By::Official(officer()), command).await?;
    Ok((done.reached.len(), begun.elapsed()))
}

/// Lifts a hold as the door does, without its event: what frees food waits for the log, which is not measured here.
async fn lift(app: &App, lot: LotId) -> Result<()> {
    let lifted = app.store.write(async |tx| {
        lots::release(tx, lot, false).await?;
        lots::spread(tx, lot, false).await.map(|_| ())
    });
    Ok(lifted.await?)
}

/// The lots that are stopped because one is.
async fn stopped(app: &App, lot: LotId) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM inherited_stop s JOIN lot l ON l.id = s.thing_id
        WHERE s.origin_id = $1 AND l.upstream = 'held' AND l.upstream_lot = $1";
    count(&app.store, text, lot.as_uuid()).await
}

/// Places and lifts a hold several times, then once while others sell what it reaches.
pub(super) async fn measure(app: &App, lot: LotId, turns: usize) -> Result<()> {
    let (mut holds, mut lots) = (Vec::new(), 0);
    for _ in 0..turns {
        let (reached, time) = act(app, Command::Hold(stop(lot)?)).await?;
        let all = stopped(app, lot).await?;
        ensure!(all > 0 && usize::try_from(all)? == reached, "{all} stopped, {reached} told");
        holds.push(time);
        lots = all;
        lift(app, lot).await?;
        ensure!(stopped(app, lot).await? == 0, "something stays stopped");
    }
    holds.sort();
    let most = holds.last().copied().context("a turn")?;
    line(
        &format!(
            "hold of a lot until all {lots} lots made of it are stopped, median of {turns} (goal ≤ 1 s)"
        ),
        holds[turns / 2],
    );
    line("the same, the slowest", most);
    among_sellers(app, lot, "hold", async || Ok(act(app, Command::Hold(stop(lot)?)).await?.1)).await?;
    lift(app, lot).await
}

/// Enters a spray of the plot where a lot grew, on its first day, and declares it wrong again, several times.
pub(super) async fn sprayed(app: &App, lot: LotId, turns: usize) -> Result<()> {
    let grown = app.store.read(async |tx| lots::find(tx, lot).await).await?.context("the lot")?;
    let person = PersonId::from_uuid(Uuid::from_u128(2));
    let by = By::own(Member { person, party: grown.party, role: Role::Clerk });
    let draft = ActivityDraft {
        kind: "spray".to_owned(),
        day: grown.harvested_on.to_string(),
        product: "Thuốc ngoài danh mục".to_owned(),
        pest: "sâu tơ".to_owned(),
        dose: "5 ml/sào".to_owned(),
        area: "1 sào".to_owned(),
        ..ActivityDraft::default()
    };
    let spray = draft.parse(Some(grown.place), Origin::Form)?;
    let (mut stops, mut frees, mut lots) = (Vec::new(), Vec::new(), 0);
    for _ in 0..turns {
        let begun = now();
        let done = chain::record_activity(app, &by, None, spray.clone()).await?;
        stops.push(begun.elapsed());
        let all = stopped(app, lot).await?;
        ensure!(
            all > 0 && i64::try_from(done.made_of_held)? == all,
            "{all} stopped, not {}",
            done.made_of_held
        );
        ensure!(done.held.len() == 1, "{} lots of one plot are held", done.held.len());
        lots = all;
        let begun = now();
        let right = chain::correct_activity(app, &by, None, done.entry, None).await?;
        frees.push(begun.elapsed());
        ensure!(right.held.is_empty() && stopped(app, lot).await? == 0, "something stays stopped");
    }
    stops.sort();
    frees.sort();
    line(
        &format!(
            "back-dated spray until all {lots} lots made of the harvest are stopped, median of {turns} (goal ≤ 1 s)"
        ),
        stops[turns / 2],
    );
    line("the correction until they are free, median", frees[turns / 2]);
    let mut entry = None;
    among_sellers(app, lot, "back-dated spray", async || {
        let begun = now();
        entry = Some(chain::record_activity(app, &by, None, spray.clone()).await?.entry);
        Ok(begun.elapsed())
    })
    .await?;
    chain::correct_activity(app, &by, None, entry.context("a spray")?, None).await?;
    ensure!(stopped(app, lot).await? == 0, "something stays stopped");
    Ok(())
}

/// A lot that somebody has some of, with whom and where.
type Stock = (Uuid, Uuid, Uuid);

async fn stocks(app: &App, lot: LotId) -> Result<Vec<Stock>> {
    // What the walk reaches is known while it is stopped.
    act(app, Command::Hold(stop(lot)?)).await?;
    let text = "SELECT h.lot_id, h.party_id, MIN(p.id) FROM inherited_stop s JOIN holding h ON h.lot_id = s.thing_id
        JOIN place p ON p.party_id = h.party_id WHERE s.origin_id = $1 AND h.amount > 0 GROUP BY h.lot_id, h.party_id LIMIT 4000";
    // Ids have no least one on PostgreSQL; each of these parties has one place.
    let text_postgres =
        "SELECT DISTINCT ON (h.lot_id, h.party_id) h.lot_id, h.party_id, p.id FROM inherited_stop s
        JOIN holding h ON h.lot_id = s.thing_id JOIN place p ON p.party_id = h.party_id
        WHERE s.origin_id = $1 AND h.amount > 0 LIMIT 4000";
    let id = lot.as_uuid();
    let found: Vec<Stock> = match &app.store {
        Store::Sqlite { readers, .. } => sqlx::query_as(text).bind(id).fetch_all(readers).await?,
        Store::Postgres { pool, .. } => sqlx::query_as(text_postgres).bind(id).fetch_all(pool).await?,
    };
    lift(app, lot).await?;
    Ok(found)
}

/// How long an act takes to stop all that was made of a lot while others sell it.
async fn among_sellers(
    app: &App,
    lot: LotId,
    name: &str,
    stops: impl AsyncFnOnce() -> Result<Duration>,
) -> Result<()> {
    let stocks = Arc::new(stocks(app, lot).await?);
    ensure!(!stocks.is_empty(), "nobody has any of it");
    let (ended, sold) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut sellers = Vec::new();
    for seller in 0..SELLERS {
        // As the processes that share a database: one on SQLite, on PostgreSQL each with connections of its own.
        let url = app.config.database.expose();
        let store = match &app.store {
            Store::Sqlite { .. } => app.store.clone(),
            Store::Postgres { .. } => Store::open(url).await?,
        };
        let other = super::open(&store, url, &app.config.data)?;
        let (stocks, ended, sold) = (stocks.clone(), ended.clone(), sold.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        sellers.push(thread::spawn(move || runtime.block_on(sell(&other, &stocks, seller, &ended, &sold))));
    }
    let begun = now();
    tokio::time::sleep(BEFORE).await;
    let pace = rate(sold.load(Ordering::SeqCst), begun);
    let time = stops().await?;
    let after = sold.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let late = sold.load(Ordering::SeqCst) - after;
    ended.store(true, Ordering::SeqCst);
    for seller in sellers {
        seller.join().map_err(|_| anyhow::anyhow!("a seller broke down"))?;
    }
    // What was on its way into the database when it was stopped may have come before it; nothing is sold afterwards.
    ensure!(late <= SELLERS as u64, "{late} sales of what is stopped");
    let all = stopped(app, lot).await?;
    ensure!(all > 0, "nothing is stopped");
    line(
        &format!(
            "{name} until all {all} are stopped, while {SELLERS} programs sell of them, {pace:.0} sales a second"
        ),
        time,
    );
    Ok(())
}

/// Sells a gram of one lot after the other.
async fn sell(app: &App, stocks: &[Stock], seller: usize, ended: &AtomicBool, sold: &AtomicU64) {
    let mut turn = seller * 997;
    while !ended.load(Ordering::SeqCst) {
        let Some((lot, party, place)) = stocks.get(turn % stocks.len()).copied() else { break };
        turn += SELLERS;
        let member = Member {
            person: PersonId::from_uuid(Uuid::from_u128(2)),
            party: PartyId::from_uuid(party),
            role: Role::Clerk,
        };
        let Ok(gram) = Quantity::grams(1) else { break };
        let sale = Command::Sell(Move::of(LotId::from_uuid(lot), gram, PlaceId::from_uuid(place)));
        match chain::record(app, &By::own(member), sale).await {
            Ok(_) => drop(sold.fetch_add(1, Ordering::SeqCst)),
            // It is stopped.
            Err(chain::Error::MadeOfStopped { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(error) => eprintln!("a sale: {error}"),
        }
    }
    if matches!(app.store, Store::Postgres { .. }) {
        app.store.close().await;
    }
}

fn rate(sold: u64, since: Instant) -> f64 {
    f64::from(u32::try_from(sold).unwrap_or(u32::MAX)) / since.elapsed().as_secs_f64()
}

/// A hold of what thousands hold: each of them is told in the same unit of work.
pub(super) async fn wide(app: &App, lot: LotId) -> Result<()> {
    let (reached, time) = act(app, Command::Hold(stop(lot)?)).await?;
    let text = "SELECT COUNT(*) FROM message WHERE lot_id = $1 AND kind = 'lot_held'
        AND at = (SELECT MAX(at) FROM message WHERE lot_id = $1 AND kind = 'lot_held')";
    let told = count(&app.store, text, lot.as_uuid()).await?;
    line(&format!("hold of all {reached}, which tells {told} holders"), time);
    lift(app, lot).await
}
