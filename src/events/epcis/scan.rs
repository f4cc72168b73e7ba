//! JSON as a stream of bytes: walks through a document of any size and keeps only what it is told to keep.
//!
//! What must stay true: memory does not grow with the document; what is walked over is JSON by its grammar (RFC 8259), no deeper
//! than allowed, without a byte order mark; nothing here panics, whatever comes.

use std::collections::HashSet;
use std::io::Read;

use crate::kernel::{Problem, Sha256Hash};

/// Arrays and objects inside one another.
const DEEPEST: usize = 48;
/// Bytes of a name.
const LONGEST_NAME: usize = 4 * 1024;
/// Names of one object: they are remembered, to see whether one comes twice.
const MOST_NAMES: usize = 10_000;
/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// A reader of bytes that knows where it stands.
pub(super) struct Scanner<R> {
    source: R,
    block: Vec<u8>,
    place: usize,
    /// Bytes read before this block.
    before: u64,
    line: u64,
    line_start: u64,
    keeping: Option<Keeping>,
    /// The beginning of a character whose rest is in the next block.
    cut: Vec<u8>,
}

/// What is being kept.
struct Keeping {
    text: Vec<u8>,
    most: usize,
    /// Whether there was more than that.
    over: bool,
}

impl<R: Read> Scanner<R> {
    /// Begins at `start`, where the source must stand.
    pub(super) fn new(source: R, start: u64) -> Self {
        Self {
            source,
            block: Vec::new(),
            place: 0,
            before: start,
            line: 1,
            line_start: start,
            keeping: None,
            cut: Vec::new(),
        }
    }

    /// How many bytes lie behind.
    pub(super) fn offset(&self) -> u64 {
        self.before + self.place as u64
    }

    /// The next byte, without taking it; nothing at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Problem> {
        if self.place == self.block.len() {
            self.load()?;
        }
        Ok(self.block.get(self.place).copied())
    }

    fn load(&mut self) -> Result<(), Problem> {
        self.before += self.block.len() as u64;
        self.place = 0;
        self.block.resize(BLOCK, 0);
        let read = loop {
            match self.source.read(&mut self.block) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let length = *read.as_ref().unwrap_or(&0);
        self.block.truncate(length);
        read.map_err(|_| Problem::new("epcis_document_unreadable"))?;
        // All text must be UTF-8, also what is only walked over.
        let mut text = std::mem::take(&mut self.cut);
        text.extend_from_slice(&self.block);
        if let Err(error) = std::str::from_utf8(&text) {
            let rest = text.get(error.valid_up_to()..).unwrap_or_default();
            if error.error_len().is_some() || length == 0 {
                return Err(Problem::new("epcis_not_utf8"));
            }
            self.cut = rest.to_vec();
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Option<u8>, Problem> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.place += 1;
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.offset();
            }
            if let Some(keeping) = &mut self.keeping {
                if keeping.text.len() < keeping.most {
                    keeping.text.push(byte);
                } else {
                    keeping.over = true;
                }
            }
        }
        Ok(byte)
    }

    /// The problem of a text that is no JSON from here on.
    pub(super) fn malformed(&self) -> Problem {
        let column = self.offset().saturating_sub(self.line_start) + 1;
        Problem::new("json_malformed").arg("line", self.line).arg("column", column)
    }

    /// Refuses a byte order mark, which RFC 8259 forbids.
    pub(super) fn begin(&mut self) -> Result<(), Problem> {
        if self.peek()? == Some(0xef) { Err(Problem::new("epcis_byte_order_mark")) } else { Ok(()) }
    }

    /// Refuses what follows the value.
    pub(super) fn end(&mut self) -> Result<(), Problem> {
        match self.ahead()? {
            None => Ok(()),
            Some(_) => Err(self.malformed()),
        }
    }

    /// The next byte that is no white space.
    pub(super) fn ahead(&mut self) -> Result<Option<u8>, Problem> {
        while matches!(self.peek()?, Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.take()?;
        }
        self.peek()
    }

    /// Takes the byte if it comes next, after white space.
    pub(super) fn eat(&mut self, byte: u8) -> Result<bool, Problem> {
        let found = self.ahead()? == Some(byte);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Problem> {
        if self.eat(byte)? { Ok(()) } else { Err(self.malformed()) }
    }

    /// Walks through an object: `member` is told each name and must walk over its value.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.expect(b'{')?;
        if self.eat(b'}')? {
            return Ok(());
        }
        let mut names = Names::default();
        loop {
            let name = self.name()?;
            names.note(&name)?;
            self.expect(b':')?;
            member(self, &name)?;
            if self.eat(b'}')? {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Walks through an array: `item` must walk over each value.
    pub(super) fn array(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.expect(b'[')?;
        if self.eat(b']')? {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.eat(b']')? {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Walks over a value.
    pub(super) fn pass(&mut self) -> Result<(), Problem> {
        self.value(DEEPEST, true)
    }

    /// Walks over a value, and over names that come twice: for values that are read strictly after.
    pub(super) fn skim(&mut self) -> Result<(), Problem> {
        self.value(DEEPEST, false)
    }

    /// Walks over a value and keeps its text; nothing where it has more bytes than `most`.
    pub(super) fn keep(&mut self, most: usize) -> Result<Option<Vec<u8>>, Problem> {
        self.ahead()?;
        self.keeping = Some(Keeping { text: Vec::new(), most, over: false });
        let walked = self.skim();
        let kept = self.keeping.take();
        walked?;
        Ok(kept.filter(|kept| !kept.over).map(|kept| kept.text))
    }

    fn value(&mut self, depth: usize, strict: bool) -> Result<(), Problem> {
        let inner =
            || depth.checked_sub(1).ok_or_else(|| Problem::new("json_too_deep").arg("deepest", DEEPEST));
        match self.ahead()? {
            Some(b'{') if strict => {
                let depth = inner()?;
                self.object(|scanner, _| scanner.value(depth, strict))
            }
            Some(b'{') => {
                let depth = inner()?;
                self.plain_object(depth)
            }
            Some(b'[') => {
                let depth = inner()?;
                self.array(|scanner| scanner.value(depth, strict))
            }
            Some(b'"') => self.string(|_| Ok(())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => Err(self.malformed()),
        }
    }

    fn plain_object(&mut self, depth: usize) -> Result<(), Problem> {
        self.expect(b'{')?;
        if self.eat(b'}')? {
            return Ok(());
        }
        loop {
            self.ahead()?;
            self.string(|_| Ok(()))?;
            self.expect(b':')?;
            self.value(depth, false)?;
            if self.eat(b'}')? {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Problem> {
        for byte in word {
            if self.peek()? != Some(*byte) {
                return Err(self.malformed());
            }
            self.take()?;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Problem> {
        if self.peek()? == Some(b'-') {
            self.take()?;
        }
        if self.peek()? == Some(b'0') {
            self.take()?;
        } else {
            self.digits()?;
        }
        if self.peek()? == Some(b'.') {
            self.take()?;
            self.digits()?;
        }
        if matches!(self.peek()?, Some(b'e' | b'E')) {
            self.take()?;
            if matches!(self.peek()?, Some(b'+' | b'-')) {
                self.take()?;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let mut any = false;
        while matches!(self.peek()?, Some(b'0'..=b'9')) {
            self.take()?;
            any = true;
        }
        if any { Ok(()) } else { Err(self.malformed()) }
    }

    /// Walks over a string, raw bytes to `note`. Whether an escape is a whole character, and the bytes are UTF-8, shows when the
    /// kept text is read.
    fn string(&mut self, mut note: impl FnMut(u8) -> Result<(), Problem>) -> Result<(), Problem> {
        if self.peek()? != Some(b'"') {
            return Err(self.malformed());
        }
        self.take()?;
        loop {
            match self.peek()? {
                Some(b'"') => {
                    self.take()?;
                    return Ok(());
                }
                None | Some(0..0x20) => return Err(self.malformed()),
                Some(b'\\') => {
                    self.take()?;
                    note(b'\\')?;
                    let Some(escape) = self.peek()? else { return Err(self.malformed()) };
                    if !b"\"\\/bfnrtu".contains(&escape) {
                        return Err(self.malformed());
                    }
                    self.take()?;
                    note(escape)?;
                    for _ in 0..if escape == b'u' { 4 } else { 0 } {
                        let digit =
                            self.peek()?.filter(u8::is_ascii_hexdigit).ok_or_else(|| self.malformed())?;
                        self.take()?;
                        note(digit)?;
                    }
                }
                Some(byte) => {
                    self.take()?;
                    note(byte)?;
                }
            }
        }
    }

    fn name(&mut self) -> Result<String, Problem> {
        self.ahead()?;
        let mut raw = vec![b'"'];
        self.string(|byte| {
            raw.push(byte);
            if raw.len() > LONGEST_NAME {
                return Err(Problem::new("json_too_large")
                    .arg("count", raw.len())
                    .arg("largest", LONGEST_NAME));
            }
            Ok(())
        })?;
        raw.push(b'"');
        serde_json::from_slice(&raw).map_err(|_| self.malformed())
    }
}

/// The names of an object so far, each by the first half of its hash, so that long ones take no more room.
#[derive(Default)]
struct Names(HashSet<[u8; 16]>);

impl Names {
    fn note(&mut self, name: &str) -> Result<(), Problem> {
        let hash = Sha256Hash::of(name.as_bytes());
        let half = hash.as_bytes().first_chunk::<16>().copied().unwrap_or_default();
        if !self.0.insert(half) {
            return Err(Problem::new("json_duplicate_name").value(name));
        }
        if self.0.len() > MOST_NAMES {
            return Err(Problem::new("json_too_large").arg("count", self.0.len()).arg("largest", MOST_NAMES));
        }
        Ok(())
    }
}
