//! The SQL of templates.

use crate::fieldbook::model::{Kind, Template};
use crate::kernel::{CropCode, Moment, PartyId, TemplateId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The most templates that a party is shown.
const MOST: i64 = 200;

#[derive(FromRow)]
struct TemplateRow {
    id: Uuid,
    party_id: Uuid,
    name: String,
    crop: Option<String>,
    kind: String,
    draft: String,
}

impl TryFrom<TemplateRow> for Template {
    type Error = StoreError;

    fn try_from(row: TemplateRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("activity_template", column, row.id, why);
        Ok(Self {
            id: TemplateId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            name: row.name,
            crop: row.crop.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop"))?,
            kind: Kind::parse(&row.kind).map_err(misfit("kind"))?,
            draft: row.draft,
        })
    }
}

/// Adds a template.
///
/// # Errors
/// When the database fails.
pub async fn insert_template(tx: &mut Tx, template: &Template, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO activity_template (id, party_id, name, crop, kind, draft, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(template.id.as_uuid())
        .bind(template.party.as_uuid())
        .bind(template.name.as_str())
        .bind(template.crop.as_ref().map(CropCode::as_str))
        .bind(template.kind.as_str())
        .bind(template.draft.as_str())
        .bind(now.micros())
    )?;
    Ok(())
}

/// Removes a template of a party; what was entered with it stays. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn remove_template(
    tx: &mut Tx,
    id: TemplateId,
    party: PartyId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE activity_template SET removed_at = $3 WHERE id = $1 AND party_id = $2 AND removed_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// A template that was not removed.
///
/// # Errors
/// When the database fails.
pub async fn template(tx: &mut Tx, id: TemplateId) -> Result<Option<Template>, StoreError> {
    let row: Option<TemplateRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, party_id, name, crop, kind, draft FROM activity_template WHERE id = $1 AND removed_at IS NULL"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    row.map(Template::try_from).transpose()
}

/// The templates of a party, newest first.
///
/// # Errors
/// When the database fails.
pub async fn templates_of(tx: &mut Tx, party: PartyId) -> Result<Vec<Template>, StoreError> {
    let rows: Vec<TemplateRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, party_id, name, crop, kind, draft FROM activity_template \
         WHERE party_id = $1 AND removed_at IS NULL ORDER BY id DESC LIMIT $2"
    )
    .bind(party.as_uuid())
    .bind(MOST)
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Template::try_from).collect()
}
