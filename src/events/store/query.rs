//! The SQL of questions: put together from parts that are written here, with every value bound.
//!
//! What must stay true: no text of a question stands in a statement; pages go on by key; one text for both databases.

use crate::events::query::{
    Column, Comparison, Condition, Found, Order, Pattern, Query, Resource, Roles, Sight, Test, Time, Want,
};
use crate::kernel::{EventId, Moment, PartyId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// A value to be bound.
#[derive(Clone, Debug)]
enum Bound {
    Text(String),
    Integer(i64),
    Number(f64),
    Id(Uuid),
}

/// A statement under way.
#[derive(Default)]
struct Statement {
    text: String,
    values: Vec<Bound>,
}

impl Statement {
    fn put(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    fn bind(&mut self, value: Bound) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// ` IN ($1, $2)`
    fn among(&mut self, values: impl IntoIterator<Item = Bound>) -> &mut Self {
        self.put(" IN (");
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.put(", ");
            }
            self.bind(value);
        }
        self.put(")")
    }

    fn among_texts(&mut self, values: &[String]) -> &mut Self {
        self.among(values.iter().cloned().map(Bound::Text))
    }

    /// A text that begins so: names are text of code points, and nothing sorts after the last one.
    fn begins(&mut self, column: &str, start: &str) -> &mut Self {
        self.put("(").put(column).put(" >= ").bind(Bound::Text(start.to_owned()));
        self.put(" AND ").put(column).put(" < ").bind(Bound::Text(format!("{start}\u{10ffff}"))).put(")")
    }

    fn sight(&mut self, sight: Sight) -> &mut Self {
        match sight {
            Sight::All => self.put("1 = 1"),
            Sight::Nothing => self.put("1 = 0"),
            Sight::Party(party) => {
                let id = || Bound::Id(party.as_uuid());
                self.put("(e.party_id = ").bind(id()).put(" OR e.behalf_of = ").bind(id());
                self.put(" OR e.counterparty_id = ").bind(id()).put(")")
            }
        }
    }

    /// The same, as a check of each row: few events speak of one thing, but a party may have very many.
    fn sight_of_few(&mut self, sight: Sight) -> &mut Self {
        let Sight::Party(party) = sight else { return self.sight(sight) };
        for (place, column) in PARTIES.into_iter().enumerate() {
            // Around the column, so that no index of it is gone through.
            self.put(if place == 0 { "(COALESCE(" } else { " OR COALESCE(" });
            self.put(column).put(", ").put(column).put(") = ").bind(Bound::Id(party.as_uuid()));
        }
        self.put(")")
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Is(column, values) => {
                self.put(name(*column)).among_texts(values);
            }
            Condition::Within(column, places) => {
                self.put("(").put(name(*column)).among_texts(places);
                for place in places {
                    self.put(" OR ").begins(name(*column), &format!("{place}/"));
                }
                self.put(")");
            }
            Condition::From(time, moment) => {
                self.put(clock(*time)).put(" >= ").bind(Bound::Integer(moment.micros()));
            }
            Condition::Before(time, moment) => {
                self.put(clock(*time)).put(" < ").bind(Bound::Integer(moment.micros()));
            }
            Condition::DeclaresError => {
                self.put("e.declares_error = 1");
            }
            Condition::Speaks(roles, patterns) => self.speaks(*roles, patterns),
            Condition::Has(names, test) => self.has(names, test),
        }
    }

    fn has(&mut self, names: &[String], test: &Test) {
        const FROM: &str = "SELECT x.event_id FROM event_attribute x WHERE x.name";
        self.put("e.id IN (");
        match test {
            Test::Exists => {
                self.put(FROM).among_texts(names);
            }
            Test::Number(comparison, number) => {
                let sign = match comparison {
                    Comparison::Greater => " > ",
                    Comparison::AtLeast => " >= ",
                    Comparison::Less => " < ",
                    Comparison::AtMost => " <= ",
                };
                self.put(FROM).among_texts(names).put(" AND x.number").put(sign).bind(Bound::Number(*number));
            }
            Test::OneOf(texts, numbers) => {
                if !texts.is_empty() {
                    self.put(FROM).among_texts(names).put(" AND x.value").among_texts(texts);
                }
                if !texts.is_empty() && !numbers.is_empty() {
                    self.put(" UNION ALL ");
                }
                if !numbers.is_empty() {
                    self.put(FROM).among_texts(names).put(" AND x.number");
                    self.among(numbers.iter().map(|number| Bound::Number(*number)));
                }
            }
        }
        self.put(")");
    }

    fn speaks(&mut self, roles: Roles, patterns: &[Pattern]) {
        let wanted = match roles.wanted {
            Want::Object => "('object', 'child')",
            Want::Parent => "('parent')",
            Want::Input => "('input')",
            Want::Output => "('output')",
            Want::Any => "('object', 'child', 'input', 'output', 'parent')",
        };
        self.put("e.id IN (SELECT p.event_id FROM event_thing p WHERE p.role IN ").put(wanted);
        self.put(" AND p.thing_id IN (SELECT t.id FROM thing t WHERE ");
        self.patterns("t.name", roles.classes, patterns);
        // The further names of a thing are names of it too.
        self.put(" UNION SELECT t.id FROM thing_alias a JOIN thing t ON t.id = a.thing_id WHERE ");
        self.patterns("a.name", roles.classes, patterns);
        self.put("))");
    }

    fn patterns(&mut self, column: &str, classes: Option<bool>, patterns: &[Pattern]) {
        let kind = match classes {
            Some(true) => " AND t.kind = 'class'",
            Some(false) => " AND t.kind <> 'class'",
            None => "",
        };
        self.put("(");
        for (place, pattern) in patterns.iter().enumerate() {
            if place > 0 {
                self.put(" OR ");
            }
            self.put("(");
            match pattern {
                Pattern::Name(name) => {
                    self.put(column).put(" = ").bind(Bound::Text(name.clone()));
                    // Of a URI that is no key nobody can say what kind of thing it names.
                    if !name.contains(':') {
                        self.put(kind);
                    }
                }
                Pattern::Begins(start) => {
                    self.begins(column, start).put(kind);
                }
                Pattern::Led(head, tail) => {
                    self.put("(");
                    for digit in 0..10 {
                        if digit > 0 {
                            self.put(" OR ");
                        }
                        self.begins(column, &format!("{head}{digit}{tail}"));
                    }
                    self.put(")").put(kind);
                }
                Pattern::UnitsOf(class) => {
                    self.put("t.class_id IN (SELECT c.id FROM thing c WHERE c.name = ");
                    self.bind(Bound::Text(class.clone()));
                    self.put(" UNION ALL SELECT b.thing_id FROM thing_alias b WHERE b.name = ");
                    self.bind(Bound::Text(class.clone())).put(")").put(kind);
                }
            }
            self.put(")");
        }
        self.put(")");
    }

    fn question(&mut self, query: &Query, sight: Sight, after: Option<(Moment, Uuid)>) {
        self.put(" FROM event e WHERE ");
        if names_few(query) {
            self.sight_of_few(sight);
        } else {
            self.sight(sight);
        }
        self.fulfils(query, after);
    }

    fn fulfils(&mut self, query: &Query, after: Option<(Moment, Uuid)>) {
        for condition in &query.conditions {
            self.put(" AND ").condition(condition);
        }
        if let Some((time, id)) = after {
            let (clock, sign) = (clock(query.order.by), if query.order.ascending { " > " } else { " < " });
            let micros = || Bound::Integer(time.micros());
            self.put(" AND (").put(clock).put(sign).bind(micros());
            self.put(" OR (").put(clock).put(" = ").bind(micros());
            self.put(" AND e.id").put(sign).bind(Bound::Id(id)).put("))");
        }
    }

    fn ordered(&mut self, order: Order, limit: i64) {
        let direction = if order.ascending { " ASC" } else { " DESC" };
        self.put(" ORDER BY ").put(clock(order.by)).put(direction).put(", e.id").put(direction);
        self.put(" LIMIT ").bind(Bound::Integer(limit));
    }
}

/// The columns by which an event is a party's.
const PARTIES: [&str; 3] = ["e.party_id", "e.behalf_of", "e.counterparty_id"];

/// Whether a question names what few events speak of.
fn names_few(query: &Query) -> bool {
    query.conditions.iter().any(|condition| {
        matches!(
            condition,
            Condition::Speaks(..) | Condition::Has(_, Test::OneOf(..)) | Condition::Is(Column::EventId, _)
        )
    })
}

/// Binds the values of a statement to a query of either driver.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Bound::Text(text) => query.bind(text.clone()),
                Bound::Integer(integer) => query.bind(*integer),
                Bound::Number(number) => query.bind(*number),
                Bound::Id(id) => query.bind(*id),
            };
        }
        query
    }};
}

const fn name(column: Column) -> &'static str {
    match column {
        Column::Type => "e.type",
        Column::EventId => "e.event_id",
        Column::Action => "e.action",
        Column::BizStep => "e.biz_step",
        Column::Disposition => "e.disposition",
        Column::ReadPoint => "e.read_point",
        Column::BizLocation => "e.biz_location",
    }
}

const fn clock(time: Time) -> &'static str {
    match time {
        Time::Event => "e.event_time",
        Time::Record => "e.recorded_at",
    }
}

#[derive(FromRow)]
struct FoundRow {
    id: Uuid,
    event_id: String,
    event_time: i64,
    recorded_at: i64,
    epcis: String,
    context: Option<String>,
}

impl From<FoundRow> for Found {
    fn from(row: FoundRow) -> Self {
        Self {
            id: EventId::from_uuid(row.id),
            event_id: row.event_id,
            time: Moment::from_micros(row.event_time),
            recorded_at: Moment::from_micros(row.recorded_at),
            epcis: row.epcis,
            context: row.context,
        }
    }
}

/// The events that a question finds, in its order, after a key.
///
/// # Errors
/// When the database fails.
pub async fn find(
    tx: &mut Tx,
    query: &Query,
    sight: Sight,
    after: Option<(Moment, Uuid)>,
    limit: i64,
) -> Result<Vec<Found>, StoreError> {
    let mut statement = Statement::default();
    statement.put("SELECT e.id, e.event_id, e.event_time, e.recorded_at, e.epcis, e.context");
    match sight {
        // The first of each kind by its index, instead of all that a party has.
        Sight::Party(party) if query.order.by == Time::Event && !names_few(query) => {
            statement.put(" FROM event e WHERE e.id IN (");
            for (place, column) in PARTIES.into_iter().enumerate() {
                statement.put(if place == 0 { "SELECT id FROM (" } else { " UNION SELECT id FROM (" });
                statement.put("SELECT e.id FROM event e WHERE ").put(column).put(" = ");
                statement.bind(Bound::Id(party.as_uuid())).fulfils(query, after);
                statement.ordered(query.order, limit);
                statement.put(") first_").put(["a", "b", "c"].get(place).copied().unwrap_or("d"));
            }
            statement.put(")");
        }
        _ => statement.question(query, sight, after),
    }
    statement.ordered(query.order, limit);
    let Statement { text, values } = statement;
    let rows: Vec<FoundRow> =
        on!(tx, |conn| bound!(sqlx::query_as(AssertSqlSafe(text)), &values).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(Found::from).collect())
}

/// How many events a question finds, counted no further than `most`.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, query: &Query, sight: Sight, most: i64) -> Result<i64, StoreError> {
    let mut statement = Statement::default();
    statement.put("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT e.id");
    statement.question(query, sight, None);
    statement.put(" LIMIT ").bind(Bound::Integer(most)).put(") found");
    let Statement { text, values } = statement;
    on!(tx, |conn| bound!(sqlx::query_scalar(AssertSqlSafe(text)), &values).fetch_one(conn).await)
}

/// The values of a resource after one of them, in order.
///
/// # Errors
/// When the database fails.
pub async fn values(
    tx: &mut Tx,
    resource: Resource,
    sight: Sight,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let mut found: Vec<String> = Vec::new();
    while found.len() < limit {
        let after = found.last().map_or(after, String::as_str).to_owned();
        let mut statement = Statement::default();
        // From one value to the next by the index: most events hold the same few values.
        if let Some(column) = resource.column() {
            let column = name(column);
            statement.put("SELECT ").put(column).put(" FROM event e WHERE ").put(column).put(" > ");
            statement.bind(Bound::Text(after)).put(" AND ").sight(sight);
            statement.put(" ORDER BY ").put(column).put(" LIMIT 1");
        } else {
            statement.put("SELECT t.name FROM thing t WHERE t.name > ").bind(Bound::Text(after));
            statement.put(" AND EXISTS (SELECT 1 FROM event_thing p JOIN event e ON e.id = p.event_id ");
            statement.put("WHERE p.thing_id = t.id AND p.role <> 'carried' AND ").sight(sight);
            let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
            statement.put(") ORDER BY t.name LIMIT ").bind(Bound::Integer(left));
        }
        let Statement { text, values } = statement;
        let next: Vec<String> =
            on!(tx, |conn| bound!(sqlx::query_scalar(AssertSqlSafe(text)), &values).fetch_all(conn).await)?;
        if next.is_empty() || resource.column().is_none() {
            found.extend(next);
            break;
        }
        found.extend(next);
    }
    Ok(found)
}

/// A query that somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRow {
    /// The name.
    pub name: String,
    /// The parameters, as JSON.
    pub query: String,
    /// When it was named.
    pub created_at: Moment,
}

/// Writes a named query; whether the name was free.
///
/// # Errors
/// When the database fails.
pub async fn insert_named(tx: &mut Tx, owner: PartyId, row: &NamedRow) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO named_query (owner_id, name, query, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING"
        )
        .bind(owner.as_uuid())
        .bind(&row.name)
        .bind(&row.query)
        .bind(row.created_at.micros())
    )?;
    Ok(done == 1)
}

/// Removes a named query; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_named(tx: &mut Tx, owner: PartyId, name: &str) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query("DELETE FROM named_query WHERE owner_id = $1 AND name = $2")
            .bind(owner.as_uuid())
            .bind(name)
    )?;
    Ok(done == 1)
}

/// The named queries of somebody after a name, in the order of their names.
///
/// # Errors
/// When the database fails.
pub async fn named_after(
    tx: &mut Tx,
    owner: PartyId,
    after: &str,
    limit: i64,
) -> Result<Vec<NamedRow>, StoreError> {
    let rows: Vec<(String, String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT name, query, created_at FROM named_query WHERE owner_id = $1 AND name > $2 ORDER BY name LIMIT $3"
    )
    .bind(owner.as_uuid())
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    let row =
        |(name, query, created_at)| NamedRow { name, query, created_at: Moment::from_micros(created_at) };
    Ok(rows.into_iter().map(row).collect())
}

/// The query of this name.
///
/// # Errors
/// When the database fails.
pub async fn named_query(tx: &mut Tx, owner: PartyId, name: &str) -> Result<Option<NamedRow>, StoreError> {
    let row: Option<(String, String, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT name, query, created_at FROM named_query WHERE owner_id = $1 AND name = $2"
    )
    .bind(owner.as_uuid())
    .bind(name)
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|(name, query, at)| NamedRow { name, query, created_at: Moment::from_micros(at) }))
}
