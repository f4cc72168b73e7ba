//! In which cases things lay, from when to when: what happened to a case then, happened to them.

use super::store::{self, Content};
use crate::kernel::ThingId;
use crate::store::{StoreError, Tx};
use std::collections::HashMap;
use uuid::Uuid;

/// How deep cases may lie in pallets, and these in others.
const DEEPEST: usize = 8;

/// In which cases things lay, straight or within other cases: each stay as one of the thing itself.
///
/// # Errors
/// When the database fails.
pub(super) async fn stays(tx: &mut Tx, things: &[Uuid]) -> Result<Vec<Content>, StoreError> {
    let mut all = store::carriers(tx, things).await?;
    let mut level = all.clone();
    for _ in 1..DEEPEST {
        let mut cases: Vec<Uuid> = level.iter().map(|stay| stay.parent.as_uuid()).collect();
        cases.sort_unstable();
        cases.dedup();
        if cases.is_empty() {
            break;
        }
        let mut outer: HashMap<ThingId, Vec<Content>> = HashMap::new();
        for stay in store::carriers(tx, &cases).await? {
            outer.entry(stay.child).or_default().push(stay);
        }
        let mut next = Vec::new();
        for inner in &level {
            for stay in outer.get(&inner.parent).into_iter().flatten() {
                let from = inner.from.max(stay.from);
                let until = match (inner.until, stay.until) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                if until.is_none_or(|until| from <= until) && stay.parent != inner.child {
                    next.push(Content { parent: stay.parent, from, until, ..*inner });
                }
            }
        }
        all.extend_from_slice(&next);
        level = next;
    }
    Ok(all)
}
