//! The two sets of migrations are twins: the same files, and in each of them the same tables, columns, kinds of value
//! and indexes.

use std::collections::{BTreeMap, BTreeSet};

/// What one file of migrations makes: for each table its columns, and the indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Schema {
    tables: BTreeMap<String, BTreeMap<String, String>>,
    indexes: BTreeSet<String>,
}

/// Reads the statements that make or change tables; all others are left to the databases.
pub(crate) fn schema(sql: &str) -> Schema {
    let mut schema = Schema::default();
    for statement in statements(sql) {
        let words: Vec<String> = words(&statement);
        let words: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|word| !matches!(*word, "IF" | "NOT" | "EXISTS"))
            .collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, "(", ..] => {
                let body = parenthesis(&statement);
                schema.tables.insert(name.to_lowercase(), columns(&body));
            }
            ["ALTER", "TABLE", name, "ADD", "COLUMN", ..] => {
                let definition = after(&statement, "COLUMN");
                schema.tables.entry(name.to_lowercase()).or_default().extend(columns(&definition));
            }
            ["ALTER", "TABLE", name, "ADD" | "DROP" | "RENAME" | "ALTER", rest @ ..] => {
                let change = format!("{} {}", words[3], rest.join(" ")).to_lowercase();
                schema.tables.entry(name.to_lowercase()).or_default().insert(change, String::new());
            }
            ["CREATE", "INDEX", name, "ON", ..] | ["CREATE", "UNIQUE", "INDEX", name, "ON", ..] => {
                let unique = if words[1] == "UNIQUE" { "unique " } else { "" };
                let on =
                    after(&statement, "ON").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                schema.indexes.insert(format!("{unique}{} on {on}", name.to_lowercase()));
            }
            ["DROP", "TABLE" | "INDEX", name, ..] => {
                schema.indexes.insert(format!("drop {name}").to_lowercase());
            }
            _ => {}
        }
    }
    schema
}

/// What is in one twin and not in the other.
pub(crate) fn twin_faults(name: &str, sqlite: &str, postgres: &str) -> Vec<String> {
    let (left, right) = (schema(sqlite), schema(postgres));
    let mut faults = Vec::new();
    for table in left.tables.keys().chain(right.tables.keys()).collect::<BTreeSet<_>>() {
        let empty = BTreeMap::new();
        let columns = |schema: &'_ Schema| schema.tables.get(table).unwrap_or(&empty).clone();
        let (left, right) = (columns(&left), columns(&right));
        for column in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
            let say = |kind: Option<&String>| kind.map_or("nothing", String::as_str).to_owned();
            if left.get(column) != right.get(column) {
                faults.push(format!(
                    "{name}: {table}.{column} is {} on SQLite and {} on PostgreSQL",
                    say(left.get(column)),
                    say(right.get(column))
                ));
            }
        }
        if !left.is_empty() && right.is_empty() || left.is_empty() && !right.is_empty() {
            faults.push(format!("{name}: only one database has the table {table}"));
        }
    }
    for index in left.indexes.symmetric_difference(&right.indexes) {
        faults.push(format!("{name}: only one database has the index {index}"));
    }
    for statement in statements(sqlite) {
        let words = words(&statement);
        if words.starts_with(&["CREATE".to_owned(), "TABLE".to_owned()])
            && !words.contains(&"STRICT".to_owned())
        {
            faults.push(format!("{name}: a table of SQLite is not STRICT: {}", words[..3].join(" ")));
        }
    }
    faults
}

/// Column → kind of value and the constraints that both databases spell alike.
fn columns(body: &str) -> BTreeMap<String, String> {
    let mut columns = BTreeMap::new();
    for part in split(body, ',') {
        let words = words(&part);
        let Some(name) = words.first() else { continue };
        if matches!(name.as_str(), "PRIMARY" | "UNIQUE" | "CHECK" | "FOREIGN" | "CONSTRAINT" | "EXCLUDE") {
            continue;
        }
        let kind = match words.get(1).map_or("", String::as_str) {
            "INTEGER" | "BIGINT" => "integer",
            "TEXT" => "text",
            "BLOB" | "UUID" | "BYTEA" => "bytes",
            "REAL" | "DOUBLE" => "real",
            other => other,
        };
        let flat = words.join(" ");
        let mut kind = kind.to_owned();
        for constraint in ["NOT NULL", "PRIMARY KEY", "UNIQUE", "DEFAULT", "REFERENCES"] {
            if flat.contains(constraint) {
                kind.push(' ');
                kind.push_str(&constraint.to_lowercase());
            }
        }
        columns.insert(name.to_lowercase(), kind);
    }
    columns
}

/// The statements without their comments.
fn statements(sql: &str) -> Vec<String> {
    let without: Vec<&str> =
        sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).collect();
    split(&without.join("\n"), ';')
}

/// Cuts at a character where it stands outside of parentheses and quotes.
fn split(text: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    for character in text.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if character == at && depth == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Words in capitals and single parentheses.
fn words(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace(['"', ','], " ");
    spaced.split_whitespace().map(str::to_uppercase).collect()
}

/// What stands between the first parenthesis and the last.
fn parenthesis(text: &str) -> String {
    let inner = text.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
    inner.map_or_else(String::new, |(inner, _)| inner.to_owned())
}

/// What follows the first appearance of a word.
fn after(text: &str, word: &str) -> String {
    let upper = text.to_ascii_uppercase();
    let found = upper.match_indices(word).map(|(at, _)| at).find(|at| {
        let apart = |character: Option<char>| character.is_none_or(char::is_whitespace);
        apart(text[..*at].chars().next_back()) && apart(text[at + word.len()..].chars().next())
    });
    found.map_or_else(String::new, |at| text[at + word.len()..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::twin_faults;

    const SQLITE: &str = "
        -- Lots; a comment with ; and (
        CREATE TABLE lot (
            id BLOB PRIMARY KEY,
            code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 20),
            grams INTEGER NOT NULL,
            UNIQUE (id, code)
        ) STRICT;
        CREATE UNIQUE INDEX lot_code ON lot (code);
        ALTER TABLE party ADD COLUMN note TEXT;";
    const POSTGRES: &str = "
        CREATE TABLE lot (id UUID PRIMARY KEY, code TEXT NOT NULL, grams BIGINT NOT NULL, UNIQUE (id, code));
        CREATE UNIQUE INDEX lot_code ON lot (code);
        ALTER TABLE party ADD COLUMN note TEXT;";

    #[test]
    fn twins_are_alike() {
        assert_eq!(twin_faults("0001", SQLITE, POSTGRES), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_found() {
        let changes = [
            ("grams BIGINT NOT NULL", "grams BIGINT"),
            ("grams BIGINT NOT NULL", "grams TEXT NOT NULL"),
            ("grams BIGINT NOT NULL", "kilos BIGINT NOT NULL"),
            ("CREATE TABLE lot", "CREATE TABLE lots"),
            ("UNIQUE INDEX", "INDEX"),
            ("INDEX lot_code ON lot (code)", "INDEX lot_code ON lot (id)"),
            ("note TEXT", "remark TEXT"),
        ];
        for (from, to) in changes {
            let postgres = POSTGRES.replace(from, to);
            assert!(!twin_faults("0001", SQLITE, &postgres).is_empty(), "`{from}` became `{to}` unseen");
        }
        assert_eq!(twin_faults("0001", &SQLITE.replace("STRICT", ""), POSTGRES).len(), 1);
    }
}
