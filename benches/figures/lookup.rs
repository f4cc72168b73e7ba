//! Signed look-ups, page and JSON, on both databases: from memory against the same bytes from memory, and anew against the
//! bare queries and the bare signature check.

use super::load::{self, Turn, request};
use super::postgres::Cluster;
use super::ratio::{Size, Spread, alternate, float, heading, line, now};
use super::season;
use super::site::{Registry, Site};
use anyhow::{Result, ensure};
use nguongoc::store::Store;
use nguongoc::web::server::block_on;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FORMS: [(&str, &str); 2] = [("page", "text/html"), ("JSON", "application/json")];
/// Connections kept open by the client.
const CONNECTIONS: usize = 16;
/// Lots that are asked for again and again.
const FAVOURITES: usize = 64;
/// Lots looked up before a turn of uncached look-ups, to wake connections and prepare statements.
const WARM: usize = 100;

pub(crate) fn measure(size: Size) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("registry.sqlite").display());
    on("SQLite", size, url, folder.path().join("embedded"))?;
    let cluster = Cluster::start()?;
    on("PostgreSQL", size, cluster.url.clone(), folder.path().join("server"))
}

fn on(database: &str, size: Size, url: String, folder: PathBuf) -> Result<()> {
    let count = size.pick(2_000, 8) + size.pick(WARM, 2);
    let begun = now();
    let registry = Arc::new(block_on(Registry::fill(size, url, folder, count))?);
    eprintln!("{database}: {count} lots with {} events each in {:.1?}", season::STAGES, begun.elapsed());
    heading(&format!("Signed look-ups on {database}, one worker, {CONNECTIONS} connections, brotli"));
    let mut notes = Vec::new();
    for (form, accept) in FORMS {
        notes.push(cached(size, &registry, form, accept)?);
    }
    for (form, accept) in FORMS {
        notes.extend(anew(size, &registry, form, accept)?);
    }
    println!();
    for note in notes {
        println!("{note}");
    }
    Ok(())
}

/// What a look-up costs the server, and how busy the client was, of both sides.
#[derive(Default)]
struct Costs {
    ours: RefCell<Vec<Turn>>,
    floor: RefCell<Vec<Turn>>,
}

impl Costs {
    fn note(self, what: &str) -> String {
        let (ours, floor) = (self.ours.into_inner(), self.floor.into_inner());
        // The turns that were thrown away are here too: the first of each.
        let pairs = || ours.iter().zip(&floor).skip(1);
        let ratio = Spread::of(pairs().map(|(ours, floor)| floor.cost / ours.cost).collect());
        let cost = Spread::of(ours.iter().skip(1).map(|turn| turn.cost).collect());
        let least = Spread::of(floor.iter().skip(1).map(|turn| turn.cost).collect());
        let busy = Spread::of(pairs().flat_map(|(ours, floor)| [ours.client, floor.client]).collect());
        format!(
            "- {what}: processor time of the server {:.1} µs an answer, the floor's {:.1} µs; their quotient {:.3} … **{:.3}** … \
             {:.3}. {} bytes an answer. The client was busy {:.0} % of the time.",
            cost.middle,
            least.middle,
            ratio.least,
            ratio.middle,
            ratio.most,
            ours.last().map_or(0, |turn| turn.bytes / turn.count.max(1)),
            busy.middle * 100.0,
        )
    }
}

/// Answers from memory.
fn cached(size: Size, registry: &Arc<Registry>, form: &str, accept: &str) -> Result<String> {
    let site = Site::start(registry)?;
    let lots = &registry.lots[..FAVOURITES.min(registry.lots.len())];
    site.learn(lots, accept)?;
    let ours = Arc::new(lots.iter().map(|lot| request(&lot.path, accept, "br")).collect::<Vec<_>>());
    let same = (0..lots.len()).map(|n| request(&format!("/bench/same/{n}"), accept, "br"));
    let same = Arc::new(same.collect::<Vec<_>>());
    let count = size.pick(20_000, 32);
    let costs = Costs::default();
    let pairs = alternate(
        size.pick(15, 1),
        || Ok(kept(&costs.ours, load::turn(site.address, &ours, count, CONNECTIONS)?)),
        || Ok(kept(&costs.floor, load::turn(site.address, &same, count, CONNECTIONS)?)),
    )?;
    let figure = format!("{form}, cached");
    line(&figure, "the same bytes from memory, same server", pairs, Some(0.8));
    Ok(costs.note(&figure))
}

fn kept(turns: &RefCell<Vec<Turn>>, turn: Turn) -> f64 {
    turns.borrow_mut().push(turn);
    turn.rate
}

/// Answers made anew: a server with an empty memory for each turn, and each lot asked for once.
fn anew(size: Size, registry: &Arc<Registry>, form: &str, accept: &str) -> Result<Vec<String>> {
    let rounds = size.pick(9, 1);
    let warm = size.pick(WARM, 2);
    let requests = |path: &dyn Fn(usize) -> String| {
        let all = (0..registry.lots.len()).map(|n| request(&path(n), accept, "br"));
        let mut warming: Vec<_> = all.collect();
        let timed = Arc::new(warming.split_off(warm));
        (Arc::new(warming), timed)
    };
    let signed = requests(&|n| registry.lots[n].path.clone());
    let floor = requests(&|n| format!("/bench/asked/{n}"));
    let turn = |(warming, timed): &(Arc<Vec<_>>, Arc<Vec<_>>), learn: bool| -> Result<Turn> {
        let site = Site::start(registry)?;
        if learn {
            site.learn(&registry.lots, accept)?;
        }
        load::turn(site.address, warming, warming.len(), CONNECTIONS)?;
        Site::settle();
        load::turn(site.address, timed, timed.len(), CONNECTIONS)
    };
    let costs = Costs::default();
    let bare = alternate(rounds, || Ok(turn(&signed, false)?.rate), || bare(registry, warm))?;
    let figure = format!("{form}, made anew");
    line(&figure, "bare queries and `verify_strict`, no HTTP", bare, Some(0.7));
    let served = alternate(
        rounds,
        || Ok(kept(&costs.ours, turn(&signed, false)?)),
        || Ok(kept(&costs.floor, turn(&floor, true)?)),
    )?;
    line(&figure, "the same queries and check behind the same server", served, Some(0.7));
    Ok(vec![costs.note(&figure)])
}

/// The bare signature check and point queries for each lot once, with as many under way as the client has connections, on one
/// thread beside the database's own, as a worker has it.
fn bare(registry: &Arc<Registry>, warm: usize) -> Result<f64> {
    block_on(async {
        let store = Store::open(&registry.url).await?;
        let mut rate = 0.0;
        for (from, to) in [(0, warm), (warm, registry.lots.len())] {
            let next = Arc::new(AtomicUsize::new(from));
            let begun = now();
            let asking: Vec<_> = (0..CONNECTIONS)
                .map(|_| {
                    let (store, registry, next) = (store.clone(), Arc::clone(registry), Arc::clone(&next));
                    tokio::task::spawn_local(async move {
                        loop {
                            let n = next.fetch_add(1, Ordering::Relaxed);
                            if n >= to {
                                return anyhow::Ok(());
                            }
                            registry.bare(&store, n).await?;
                        }
                    })
                })
                .collect();
            for one in asking {
                one.await??;
            }
            rate = float(to - from) / begun.elapsed().as_secs_f64();
        }
        store.close().await;
        ensure!(rate > 0.0, "nothing was asked");
        Ok(rate)
    })
}
