//! The walk from a lot back to where it began.

use super::cases;
use super::model::{Origin, Stage};
use super::store::{self, MOST_STAGES, Stay};
use crate::kernel::{LotId, Moment};
use crate::store::{StoreError, Tx};
use std::collections::HashSet;

/// The most lots that a walk visits.
const MOST_LOTS: usize = 64;

/// The history of `lot`, oldest first: its own stages, and those of every lot that went into it.
///
/// # Errors
/// When the database fails.
pub async fn origin(tx: &mut Tx, lot: LotId) -> Result<Origin, StoreError> {
    let mut seen = HashSet::from([lot]);
    let mut waiting = vec![lot];
    let mut stages: Vec<Stage> = Vec::new();
    let mut cut = false;
    let mut issue_logged_at = None;
    while let Some(next) = waiting.pop() {
        let (indices, issue) = store::logged(tx, next).await?;
        if next == lot {
            issue_logged_at = issue;
        }
        let mut stays = vec![Stay { thing: next.into(), from: Moment::MIN, until: Moment::MAX }];
        // What happened to the case in which it lay happened to it.
        stays.extend(cases::stays(tx, &[next.as_uuid()]).await?.into_iter().map(|stay| Stay {
            thing: stay.parent,
            from: stay.from,
            until: stay.until.unwrap_or(Moment::MAX),
        }));
        for stay in &stays {
            for mut stage in store::stages(tx, next, stay).await? {
                stage.log_index = indices.get(&stage.event).copied();
                // What a lot went through after a part of it was taken for this one is not this one's history; it is told all
                // the same, because nobody can say which part it was.
                stages.push(stage);
            }
        }
        for input in store::inputs(tx, next).await? {
            if seen.len() >= MOST_LOTS {
                cut = true;
            } else if seen.insert(input) {
                waiting.push(input);
            }
        }
        if stages.len() > MOST_STAGES {
            cut = true;
            break;
        }
    }
    // Where only the day is known, several events have one time: they happened in the order in which they were entered.
    stages.sort_by_key(|stage| (stage.time, stage.recorded_at, stage.step as u8, stage.event));
    stages.dedup_by_key(|stage| stage.event);
    stages.truncate(MOST_STAGES);
    Ok(Origin { stages, cut, issue_logged_at })
}
