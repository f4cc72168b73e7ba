//! The text of the statements: one for both databases, without the forms that are right on one of them only or that
//! this house does without.

use crate::source::Source;

/// A form, and what is written instead.
const REFUSED: [(&str, &str); 9] = [
    (" OFFSET ", "page by the last key seen, never by a count of rows"),
    ("NOW()", "bind the time that app.clock gave"),
    ("CURRENT_TIMESTAMP", "bind the time that app.clock gave"),
    ("CURRENT_DATE", "bind the day that app.clock gave"),
    ("DATETIME(", "times are microseconds; bind the time that app.clock gave"),
    (" ILIKE ", "search the folded column"),
    ("INSERT OR ", "write ON CONFLICT, which both databases have"),
    ("STRFTIME(", "times are microseconds; format them outside of SQL"),
    ("NEXTVAL(", "keys are made by app.ids"),
];

/// The statements of a file of `src/` that only one database would understand, or that the house does without.
pub(crate) fn statement_faults(path: &str, text: &str) -> Vec<String> {
    // What really differs lies there side by side, each with its reason.
    if path == "src/store/dialect.rs" {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for literal in Source::new(text).literals {
        let statement = literal.text.replace(['\n', '\\'], " ").to_uppercase();
        // Words in capitals: a sentence that begins with "Select" is none of them.
        let verb = literal.text.split_whitespace().next().unwrap_or_default();
        if !matches!(verb, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH") {
            continue;
        }
        let shown: String =
            literal.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
        for (form, instead) in REFUSED.iter().filter(|(form, _)| statement.contains(form)) {
            faults.push(format!("{path}: `{shown}…`: `{}`: {instead}", form.trim()));
        }
        if statement.contains('?') {
            faults.push(format!("{path}: `{shown}…`: placeholders are $1, $2, …"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::statement_faults;

    #[test]
    fn forms_of_one_database_are_found() {
        let count = |statement: &str| {
            statement_faults("src/lots/store.rs", &format!("const Q: &str = \"{statement}\";")).len()
        };
        assert_eq!(count("SELECT code FROM lot WHERE id > $1 ORDER BY id LIMIT $2"), 0);
        assert_eq!(count("SELECT code FROM lot LIMIT 10 OFFSET 20"), 1);
        assert_eq!(count("UPDATE lot SET seen_at = now()"), 1);
        assert_eq!(count("SELECT code FROM lot WHERE id = ?"), 1);
        assert_eq!(count("INSERT OR IGNORE INTO lot (id) VALUES ($1)"), 1);
        assert_eq!(count("Select one or more lots. Really?"), 0);
        assert_eq!(count("Really?"), 0);
    }
}
