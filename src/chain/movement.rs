//! A lot's food moves: it is packed, sent, received, sold.

use super::error::Error;
use super::journal::{Passage, Said, private};
use super::model::{EventTime, Move, Pack, Receive, Recorded, Ship, When};
use super::service::{Act, Standing, amount, answer};
use crate::events::{self, Step};
use crate::kernel::{Day, LotId, Moment, Quantity};
use crate::lots::{self, Lot, NewShipment, Stop};
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};

/// A command on food that a party has, with its gates passed: the lot is free, the day right, the place its own, the unit the lot's.
struct Open {
    time: EventTime,
    standing: Standing,
    lot: Lot,
    product: Product,
    place: Place,
    amount: i64,
}

/// The last event of the lot on a day that was given without an hour: the new one comes after it.
async fn last_of_day(tx: &mut Tx, lot: LotId, when: Option<When>) -> Result<Option<Moment>, Error> {
    match when {
        Some(When::On(day)) => Ok(events::latest_on(tx, lot, day).await?),
        _ => Ok(None),
    }
}

async fn open(tx: &mut Tx, act: &Act<'_>, what: &Move) -> Result<Open, Error> {
    let lot = lots::find(tx, what.lot).await?.ok_or(Error::NotFound)?;
    let floor = last_of_day(tx, lot.id, what.when).await?;
    let time = act.time(what.when, floor)?;
    let standing = act.standing(tx, &time).await?;
    if !lots::is_in_chain(tx, lot.id, standing.party.id).await? {
        return Err(Error::NotFound);
    }
    match lot.stop() {
        Some(Stop::Recalled { reason }) => return Err(Error::Recalled { reason }),
        Some(Stop::Held { reason }) => return Err(Error::OnHold { reason }),
        None => {}
    }
    if time.day() < lot.harvested_on {
        return Err(Error::BeforeHarvest { day: lot.harvested_on });
    }
    let place = act.place(tx, what.place, &standing).await?;
    let amount = amount(what.quantity, lot.unit(), "quantity")?;
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    Ok(Open { time, standing, lot, product, place, amount })
}

impl Open {
    /// Confirms the gates: the place's, and the lot's, which a hold or recall shuts.
    async fn confirm(&self, tx: &mut Tx) -> Result<(), Error> {
        places::pass_gate(tx, &self.place).await?;
        if lots::pass(tx, self.lot.id, self.lot.gate_version).await? {
            Ok(())
        } else {
            Err(StoreError::lost_race().into())
        }
    }

    /// Takes the amount out of the party's hands.
    async fn draw(&self, tx: &mut Tx, asked: Quantity) -> Result<(), Error> {
        if lots::draw(tx, self.lot.id, self.standing.party.id, self.amount).await? {
            return Ok(());
        }
        let holding = lots::holding(tx, self.lot.id, self.standing.party.id).await?.unwrap_or_default();
        Err(Error::BalanceExceeded { asked, left: self.lot.quantity(holding.amount) })
    }

    fn said(&self, step: Step, quantity: Quantity) -> Said<'_> {
        Said {
            step,
            time: self.time,
            standing: Some(&self.standing),
            lot: self.lot.id,
            code: &self.lot.code,
            product: &self.product,
            place: Some(&self.place),
            quantity: Some(quantity),
            passage: None,
            ilmd: None,
            pack_size: None,
            use_by: None,
            reason: None,
            private: Vec::new(),
        }
    }

    async fn finish(&self, tx: &mut Tx, act: &Act<'_>, said: Said<'_>) -> Result<Recorded, Error> {
        said.write(tx, act).await?;
        answer(tx, self.lot.id, act.fresh.event, Some(self.standing.party.id), false).await
    }
}

pub(super) async fn pack(tx: &mut Tx, act: &Act<'_>, asked: &Pack) -> Result<Recorded, Error> {
    let open = open(tx, act, &asked.what).await?;
    let packed_on = open.time.day();
    if let Some(size) = asked.pack_size {
        let size = amount(size, open.lot.unit(), "pack_size")?;
        if size > open.amount {
            return Err(Error::PackTooLarge);
        }
    }
    let use_by = asked.expires_on.or_else(|| {
        let days = i32::try_from(open.product.shelf_life_days?).ok()?;
        Some(packed_on.plus_days(days))
    });
    if use_by.is_some_and(|day| day < packed_on) {
        return Err(Error::ExpiryBeforePacking { day: packed_on });
    }
    open.confirm(tx).await?;
    let party = open.standing.party.id;
    if !lots::pack(tx, open.lot.id, party, open.amount).await? {
        let holding = lots::holding(tx, open.lot.id, party).await?.unwrap_or_default();
        let asked = asked.what.quantity;
        return Err(if holding.amount < open.amount {
            Error::BalanceExceeded { asked, left: open.lot.quantity(holding.amount) }
        } else {
            Error::PackedAlready { asked, left: open.lot.quantity(holding.taken_in - holding.packed) }
        });
    }
    let first = |known: Option<Day>, day: Option<Day>| known.into_iter().chain(day).min();
    let packed_first = first(open.lot.packed_on, Some(packed_on)).unwrap_or(packed_on);
    lots::earliest_days(tx, open.lot.id, packed_first, first(open.lot.expires_on, use_by)).await?;
    let said = Said {
        pack_size: asked.pack_size,
        use_by,
        private: private(asked.what.note.as_ref(), &[]),
        ..open.said(Step::Pack, asked.what.quantity)
    };
    open.finish(tx, act, said).await
}

pub(super) async fn ship(tx: &mut Tx, act: &Act<'_>, asked: &Ship) -> Result<Recorded, Error> {
    let open = open(tx, act, &asked.what).await?;
    if asked.to == open.standing.party.id {
        return Err(Error::ToOneself);
    }
    let to = parties::party(tx, asked.to).await?.filter(Party::is_active);
    let to = to.ok_or(Error::UnknownReceiver)?;
    open.confirm(tx).await?;
    open.draw(tx, asked.what.quantity).await?;
    let shipment = NewShipment {
        id: act.fresh.event,
        lot: open.lot.id,
        from: open.standing.party.id,
        to: to.id,
        from_place: open.place.id,
        amount: open.amount,
        shipped_at: open.time.moment,
    };
    let lines = [("document", asked.document.as_ref()), ("vehicle", asked.vehicle.as_ref())];
    let said = Said {
        passage: Some(Passage { from: &open.standing.party, to: &to, shipment: shipment.id }),
        private: private(asked.what.note.as_ref(), &lines),
        ..open.said(Step::Ship, asked.what.quantity)
    };
    // The journal first: a key that is taken is found there.
    let recorded = open.finish(tx, act, said).await?;
    lots::insert_shipment(tx, &shipment).await?;
    Ok(recorded)
}

pub(super) async fn sell(tx: &mut Tx, act: &Act<'_>, asked: &Move) -> Result<Recorded, Error> {
    let open = open(tx, act, asked).await?;
    open.confirm(tx).await?;
    open.draw(tx, asked.quantity).await?;
    let said = Said { private: private(asked.note.as_ref(), &[]), ..open.said(Step::Sell, asked.quantity) };
    open.finish(tx, act, said).await
}

/// A receipt is a fact: it is recorded also while the lot is held or recalled.
pub(super) async fn receive(tx: &mut Tx, act: &Act<'_>, asked: &Receive) -> Result<Recorded, Error> {
    let shipment = lots::shipment(tx, asked.shipment).await?.ok_or(Error::NotFound)?;
    let sent = shipment.sent;
    let floor = last_of_day(tx, sent.lot, asked.when).await?;
    let time = act.time(asked.when, floor)?;
    let standing = act.standing(tx, &time).await?;
    let party = standing.party.id;
    if sent.to != party {
        return Err(if sent.from == party { Error::WrongReceiver } else { Error::NotFound });
    }
    if time.day() < sent.shipped_at.day() {
        return Err(Error::BeforeShipment { day: sent.shipped_at.day() });
    }
    let lot = lots::find(tx, sent.lot).await?.ok_or(Error::NotFound)?;
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    let place = act.place(tx, asked.place, &standing).await?;
    let amount = amount(asked.quantity, lot.unit(), "quantity")?;
    let from = parties::party(tx, sent.from).await?.ok_or(Error::NotFound)?;
    places::pass_gate(tx, &place).await?;
    if !lots::receive(tx, lot.id, sent.id, party, amount).await? {
        let left = lots::shipment(tx, sent.id).await?.map_or(0, |shipment| shipment.left());
        return Err(if left == 0 {
            Error::ShipmentSettled
        } else {
            Error::MoreThanShipped { asked: asked.quantity, left: lot.quantity(left) }
        });
    }
    lots::add(tx, lot.id, party, amount).await?;
    lots::touch(tx, lot.id).await?;
    let said = Said {
        step: Step::Receive,
        time,
        standing: Some(&standing),
        lot: lot.id,
        code: &lot.code,
        product: &product,
        place: Some(&place),
        quantity: Some(asked.quantity),
        passage: Some(Passage { from: &from, to: &standing.party, shipment: sent.id }),
        ilmd: None,
        pack_size: None,
        use_by: None,
        reason: None,
        private: private(asked.note.as_ref(), &[]),
    };
    said.write(tx, act).await?;
    answer(tx, lot.id, act.fresh.event, Some(party), false).await
}
