//! The SQL of a log that was put back from a backup: nobody leads it before a node is known to have seen all that was signed.

use crate::store::{StoreError, Tx, run};
use uuid::Uuid;

/// Stands in the place of the node that leads while nobody may. It is kept in the database, so that it binds each node, whatever lies in its folder.
pub const NOBODY: Uuid = Uuid::max();

/// Takes the lead away from everybody: of a database that was put back.
///
/// # Errors
/// When the database fails.
pub async fn hold_back(tx: &mut Tx) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE log_head SET holder = $1, held_until = $2, fence = fence + 1 WHERE one = 1")
            .bind(NOBODY)
            .bind(i64::MAX)
    )?;
    Ok(())
}

/// Lets nodes lead again.
///
/// # Errors
/// When the database fails.
pub async fn let_go(tx: &mut Tx) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE log_head SET holder = NULL, held_until = 0 WHERE one = 1 AND holder = $1")
            .bind(NOBODY)
    )?;
    Ok(())
}
