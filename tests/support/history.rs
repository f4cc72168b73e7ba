//! Random histories: acts by forms, events told by programs in the order in which they happen to come, corrections of both, and what
//! the authority stops, frees and calls back; among what happens beside the journal and changes what follows from it.

use super::app::On;
use super::beside::Beside;
use super::chain::{later, report, twin, written};
use super::season::{Season, Wish, firms};
use super::trade::Trade;
use nguongoc::chain::{self, By, Command, Error, StopLot};
use nguongoc::kernel::{LotId, Note};
use nguongoc::lots;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

/// How many operations are about the same few lots and cases.
const SEASON: u64 = 150;

/// A random history that goes on.
pub(crate) struct History {
    /// The registry.
    pub(crate) trade: Trade,
    /// Where the events happen that programs tell: another registry, whose firms are the same.
    elsewhere: Trade,
    runner: TestRunner,
    here: Season,
    there: Season,
    /// Codes, seasons, sprays, certificates, tests.
    pub(crate) beside: Beside,
    /// What happened elsewhere and was not told yet: whose act, and the event.
    untold: Vec<(usize, Value)>,
    /// What was done so far, refusals among it.
    pub(crate) operations: u64,
    /// How often the authority did something.
    pub(crate) stops: u64,
    /// How many acts by forms were recorded.
    pub(crate) done: u64,
    /// How many events were told.
    pub(crate) told: u64,
}

impl History {
    pub(crate) async fn begin(on: On, seed: u64) -> Self {
        let trade = Trade::start(on).await;
        let elsewhere = twin(On::Sqlite, &trade).await;
        // Alike until now; what happens there has ids of its own.
        elsewhere.app().random.number();
        Self {
            beside: Beside::begin(&trade).await,
            trade,
            elsewhere,
            runner: TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() }),
            here: Season::nth(0, "H"),
            there: Season::nth(1, "T"),
            untold: Vec::new(),
            operations: 0,
            stops: 0,
            done: 0,
            told: 0,
        }
    }

    fn draw<T>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).expect("a value").current()
    }

    fn wish(&mut self) -> Wish {
        self.draw((any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>()))
    }

    /// So many operations more.
    pub(crate) async fn go_on(&mut self, operations: u64) {
        for _ in 0..operations {
            if self.operations % SEASON == SEASON - 1 {
                let number = self.operations / SEASON;
                self.here = Season::nth(2 * number + 2, "H");
                self.there = Season::nth(2 * number + 3, "T");
            }
            self.operations += 1;
            match self.draw(0_u8..100) {
                0..6 => self.stop().await,
                6..20 => {
                    self.elsewhere().await;
                    self.elsewhere().await;
                }
                20..34 => self.tell().await,
                34..52 => {
                    let wish = self.draw((any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>(), any::<u8>()));
                    if let Some(done) = self.beside.wish(&self.trade, wish, &self.here.lots).await {
                        self.here.done.push(done);
                    }
                }
                _ => {
                    let wish = self.wish();
                    let done = self.here.wish(&self.trade, wish).await;
                    self.done += u64::from(done.is_some());
                }
            }
        }
    }

    /// Something happens elsewhere.
    async fn elsewhere(&mut self) {
        let wish = self.wish();
        // Elsewhere is never ahead of here: nobody tells what has not happened.
        if let Some(done) = self.there.wish(&self.elsewhere, wish).await {
            let who = self.there.done.last().expect("an act").0;
            self.untold.push((who, written(self.elsewhere.app(), done.event).await));
            let (here, there) = (self.trade.app(), self.elsewhere.app());
            here.clock.set(here.clock.now().max(there.clock.now()));
        }
    }

    /// Something that happened elsewhere is told: mostly the oldest, sometimes another one.
    async fn tell(&mut self) {
        if self.untold.is_empty() {
            return;
        }
        let place = match self.draw(0_u8..3) {
            0 => self.draw(0..self.untold.len()),
            _ => 0,
        };
        let (who, event) = self.untold.remove(place);
        let app = self.trade.app();
        later(app);
        let by = firms(&self.trade)[who].by();
        let told = report(app, &by, &event).await.unwrap_or_else(|error| panic!("{error}: {event:#}"));
        self.told += 1;
        self.here.done.push((who, told.event));
        for lot in told.lots {
            if !self.here.lots.contains(&lot) {
                self.here.lots.push(lot);
            }
        }
    }

    /// The authority stops a lot, frees it, or calls it back.
    async fn stop(&mut self) {
        if self.here.lots.is_empty() {
            return;
        }
        let place = self.draw(0..self.here.lots.len());
        let lot = self.here.lots[place];
        let reason = Note::parse("Nghi vấn").expect("a reason");
        let stop = StopLot { lot, reason };
        let command = match self.draw(0_u8..10) {
            0..4 => Command::Hold(stop),
            4..9 => Command::Release(stop),
            _ => Command::Recall(stop),
        };
        let app = self.trade.app();
        later(app);
        match chain::record(app, &By::Official(self.trade.officer), command).await {
            Ok(_) => self.stops += 1,
            Err(Error::Store(error)) => panic!("{error:?}"),
            Err(_) => {}
        }
    }

    /// A lot that something was done with.
    pub(crate) async fn lot(&self) -> lots::Lot {
        let lot: LotId = *self.here.lots.first().expect("a lot");
        self.trade
            .app()
            .store
            .read(async |tx| lots::find(tx, lot).await)
            .await
            .expect("a row")
            .expect("a lot")
    }
}
