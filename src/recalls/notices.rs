//! Telling the holders: what a recall reaches is sought in one unit of work, and its holders are told in batches, each a unit of work of its
//! own with the place where the next begins.
//!
//! What must stay true: a batch and its place are written together, so that a kill between two batches leaves nothing half told; who was told
//! is not told again; whoever comes to be known as a holder later is told within the hour, also once the recall is closed, for its lots stay
//! recalled (a month after that, within the day; after a year only while some of them is left); a recall that cannot go on keeps no other from going on.

use super::model::{Kind, Phase, Recall, message_of};
use super::service::{Error, lots_of};
use super::{drill, settle, store};
use crate::app::App;
use crate::jobs::{self, Message};
use crate::kernel::{Day, MessageId, Moment, PartyId, ProductId, Quantity};
use crate::products;
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};
use std::time::Duration;

/// Parties of one batch.
const BATCH: i64 = 500;
/// How long after all were told it is looked for further holders.
const AGAIN: Duration = Duration::from_hours(1);
/// So long after it was closed.
const MONTH: Duration = Duration::from_hours(30 * 24);
/// From then on, after so long.
const LATER: Duration = Duration::from_hours(24);
/// So long after it was closed it is over, once nothing is left of what it reached.
const YEAR: Duration = Duration::from_hours(365 * 24);
/// Closed recalls of one round: those that are not closed wait for no more.
const CLOSED: i64 = 20;

/// One unit of what each recall has to do behind the scenes; how many were done. Call it until it is nothing.
///
/// # Errors
/// When the database or the door fails, and nothing else was left to do.
pub async fn carry_on(app: &App) -> Result<u64, Error> {
    let mut failed = None;
    let unsettled = app.store.read(async |tx| store::unsettled(tx).await).await?;
    for id in unsettled {
        if let Err(error) = settle::settle(app, id).await {
            failed.get_or_insert(error);
        }
    }
    let now = app.clock.now();
    let (stale, closed) = (now.minus(AGAIN), (now.minus(MONTH), now.minus(LATER)));
    let mut done = 0;
    let recalls = app.store.read(async |tx| {
        let mut recalls = store::under_way(tx, stale).await?;
        recalls.extend(store::closed(tx, stale, closed, CLOSED).await?);
        Ok::<_, StoreError>(recalls)
    });
    for recall in recalls.await? {
        match go_on(app, &recall).await {
            Ok(()) => done += 1,
            Err(error) => {
                tracing::warn!(recall = %recall.id, %error, "the notices of a recall cannot go on");
                failed.get_or_insert(error);
                if recall.closed_at.is_some() {
                    // The others that are closed come before it.
                    app.store.write(async |tx| store::put_off(tx, recall.id, now).await).await?;
                }
            }
        }
    }
    if done > 0 {
        return Ok(done);
    }
    let recorded = drill::record_one(app).await?;
    match failed {
        Some(error) if recorded == 0 => Err(error),
        _ => Ok(recorded),
    }
}

/// One unit of what is to be done for one recall.
async fn go_on(app: &App, recall: &Recall) -> Result<(), Error> {
    match recall.phase {
        Phase::Reaching => reach(app, recall).await,
        Phase::Telling => tell(app, recall).await,
        Phase::Waiting | Phase::Told => {
            let (id, from, to) = (recall.id, recall.phase, Phase::Reaching);
            let year_ago = app.clock.now().minus(YEAR);
            let is_old = recall.closed_at.is_some_and(|closed| closed < year_ago);
            app.store
                .write(async |tx| {
                    if is_old && !store::somewhere(tx, id).await? {
                        return store::put_off(tx, id, Moment::MAX).await;
                    }
                    store::step(tx, id, from, to).await.map(drop)
                })
                .await?;
            Ok(())
        }
    }
}

/// When the last drill of a party ended, or without one the authority's: one is due each year.
///
/// # Errors
/// When the database fails.
pub async fn last_drill(app: &App, party: Option<PartyId>) -> Result<Option<Moment>, Error> {
    Ok(app.store.read(async |tx| store::last_drill(tx, party).await).await?)
}

async fn reach(app: &App, recall: &Recall) -> Result<(), Error> {
    let id = recall.id;
    app.store
        .write(async |tx| {
            store::reach(tx, id).await?;
            store::share_out(tx, id).await?;
            store::counts(tx, id, app.clock.now()).await?;
            Ok(())
        })
        .await
}

async fn tell(app: &App, recall: &Recall) -> Result<(), Error> {
    let (id, now) = (recall.id, app.clock.now());
    app.store
        .write(async |tx| {
            let parties = store::batch(tx, id, recall.told_up_to, BATCH).await?;
            let last = parties.last().map_or(recall.told_up_to, store::Batch::party);
            let ended = i64::try_from(parties.len()).is_ok_and(|count| count < BATCH).then_some(now);
            if !store::mark_told(tx, id, recall.told_up_to, last, ended).await? {
                // Another node tells this batch.
                return Ok(());
            }
            let told: Vec<(PartyId, Option<MessageId>)> = if recall.tells {
                let common = common(tx, recall).await?;
                let messages: Vec<Message> =
                    parties.iter().map(|party| message(recall, &common, party, now)).collect();
                jobs::tell(tx, &messages).await?;
                messages.iter().map(|message| (message.party, Some(message.id))).collect()
            } else {
                parties.iter().map(|party| (party.party(), None)).collect()
            };
            store::put_notices(tx, id, &told, now).await?;
            Ok(())
        })
        .await
}

/// What every message of a recall says alike: of lots of several products, the codes stand with each product.
async fn common(tx: &mut Tx, recall: &Recall) -> Result<Value, Error> {
    let origins = store::origins(tx, recall.id).await?;
    let mut products: Vec<(ProductId, String, Vec<String>)> = Vec::new();
    for lot in lots_of(tx, &origins).await? {
        let code = lot.code.to_string();
        if let Some((_, _, codes)) = products.iter_mut().find(|(id, _, _)| *id == lot.product) {
            codes.push(code);
            continue;
        }
        let name = products::product(tx, lot.product).await?.map(|product| product.name).unwrap_or_default();
        products.push((lot.product, name, vec![code]));
    }
    let product = products.iter().map(|(_, name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let codes = |(_, name, codes): &(ProductId, String, Vec<String>)| match products.len() {
        1 => codes.join(", "),
        _ => format!("{name}: {}", codes.join(", ")),
    };
    let codes = products.iter().map(codes).collect::<Vec<_>>().join("; ");
    Ok(json!({
        "number": recall.number,
        "product": product,
        "codes": codes,
        "reason": recall.reason,
        "takes_back": recall.takes_back,
        "until": recall.until.map_or_else(|| "–".to_owned(), Day::vietnamese),
    }))
}

fn message(recall: &Recall, common: &Value, party: &store::Batch, at: Moment) -> Message {
    let mut args = common.clone();
    let amounts = [Quantity::grams(party.grams), Quantity::pieces(party.pieces)];
    let held: Vec<Quantity> = amounts.into_iter().flatten().filter(|amount| !amount.is_zero()).collect();
    args["lots"] = party.lots.to_string().into();
    args["held"] = json!(held);
    let whom: PartyId = party.party();
    Message {
        id: message_of(recall.id, whom),
        party: whom,
        kind: match recall.kind {
            Kind::Recall => "recall_notice",
            Kind::Drill => "recall_drill",
        },
        lot: None,
        recall: Some(recall.id),
        args,
        at,
        needs_answer: true,
    }
}
