//! How bad input is told: a stable code, the value as given, and what the message needs to name the rule and the fix.
//!
//! The words stand in `assets/locales/{vi,en}/problem.ftl` under `problem-<code-with-dashes>`; the message may use `{ $value }`
//! and every argument by its name. What must stay true: a code never changes its meaning (interfaces show it), is written
//! as a literal where it is raised (a test reads the sources and asks for its texts), and a value is safe to show: short, one line.

use std::fmt;

/// The longest value that a problem repeats, in characters.
const VALUE_CHARS: usize = 80;

/// One thing that is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The form field, JSON member or column; empty until [`Problem::at`] or [`Problems::take`] names it.
    pub field: String,
    /// The stable name of the rule that was broken, in snake case, e.g. `wrong_check_digit`.
    pub code: &'static str,
    /// The value as given: at most 80 characters, without control characters.
    pub value: String,
    /// What else the message names, such as the largest amount allowed.
    pub args: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem with this code, without value or field yet.
    ///
    /// ```
    /// use nguongoc::kernel::Problem;
    /// let problem = Problem::new("wrong_check_digit").value("123").arg("expected", 4).at("gtin");
    /// assert_eq!(problem.to_string(), "gtin: wrong check digit: 123 (expected: 4)");
    /// ```
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { field: String::new(), code, value: String::new(), args: Vec::new() }
    }

    /// Says which value was refused; it is shortened, and control characters are left out.
    #[must_use]
    pub fn value(mut self, value: impl AsRef<str>) -> Self {
        let mut shown = value.as_ref().chars().filter(|c| !c.is_control() && !is_direction_control(*c));
        self.value = shown.by_ref().take(VALUE_CHARS).collect();
        if shown.next().is_some() {
            self.value.pop();
            self.value.push('…');
        }
        self
    }

    /// Gives the message a named argument.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over numbers and texts alike")]
    pub fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Says where the value stood; a place named before becomes the inner part (`lines.2`, then `order.lines.2`).
    #[must_use]
    pub fn at(mut self, field: impl AsRef<str>) -> Self {
        let field = field.as_ref();
        self.field = if self.field.is_empty() { field.to_owned() } else { format!("{field}.{}", self.field) };
        self
    }

    /// The key of the message in `problem.ftl`.
    ///
    /// ```
    /// assert_eq!(nguongoc::kernel::Problem::new("wrong_check_digit").key(), "problem-wrong-check-digit");
    /// ```
    #[must_use]
    pub fn key(&self) -> String {
        format!("problem-{}", self.code.replace('_', "-"))
    }
}

/// Whether a character changes the direction of the text around it and so could disguise a value.
pub(crate) const fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The English fallback for places without messages, such as a developer's terminal.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.code.replace('_', " "))?;
        if !self.value.is_empty() {
            write!(f, ": {}", self.value)?;
        }
        for (place, (name, value)) in self.args.iter().enumerate() {
            let before = if place == 0 { " (" } else { ", " };
            write!(f, "{before}{name}: {value}")?;
        }
        if !self.args.is_empty() {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// All that is wrong with one form or document, so that a person corrects it in one go.
///
/// ```
/// use nguongoc::kernel::{Gln, Gtin, Problems};
/// let mut problems = Problems::default();
/// let gtin = problems.take("gtin", Gtin::parse("9520000000019"));
/// let gln = problems.take("gln", Gln::parse("123"));
/// assert!(gtin.is_none() && gln.is_none());
/// assert_eq!(problems.finish().unwrap_err().0.len(), 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Keeps the value, or notes the problem under this field.
    pub fn take<T>(&mut self, field: impl AsRef<str>, result: Result<T, Problem>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problem) => {
                self.push(problem.at(field));
                None
            }
        }
    }

    /// Notes a problem that already knows its field.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// The problems themselves, when there is at least one.
    pub fn finish(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
