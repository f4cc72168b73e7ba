//! The whole address of a code, as a phone or a person hands it to a checker.
//!
//! Only `https`, no user information, no port; query and fragment are never trusted and are dropped. The scheme may be all in
//! small or all in capital letters, the host in any case.

use super::grammar::{Code, parse};
use super::malformed::Malformed;

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'text> {
    /// The host as written, in any case.
    pub host: &'text str,
    /// The code in the path.
    pub code: Code,
}

/// Reads an address.
///
/// # Errors
/// [`Malformed`] names the first rule that it breaks.
///
/// ```
/// use nguongoc::codes::{Malformed, parse_link};
/// let link = parse_link("https://T.EXAMPLE.VN/P/1000000014/L/HN-2611-07?from=chat#top").unwrap();
/// assert_eq!(link.host, "T.EXAMPLE.VN");
/// assert_eq!(parse_link("https://t.example.vn@evil.example/P/1000000014/L/A"), Err(Malformed::UserInfo));
/// ```
pub fn parse_link(text: &str) -> Result<Link<'_>, Malformed> {
    let rest =
        text.strip_prefix("https://").or_else(|| text.strip_prefix("HTTPS://")).ok_or(Malformed::Scheme)?;
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = &rest[..end];
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('@') {
        return Err(Malformed::UserInfo);
    }
    if host.contains(':') {
        return Err(Malformed::Port);
    }
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    if host.is_empty() || host.len() > crate::keys::Host::LONGEST || !plain {
        return Err(Malformed::Host);
    }
    Ok(Link { host, code: parse(path)? })
}
