//! The symbol in a terminal: two rows of modules in one row of text, by half blocks.
//!
//! A phone needs dark on light. With colours both are set for each cell, so the ground of the terminal does not matter;
//! without colours the caller says which it is.

use super::Symbol;

/// How the terminal shows dark and light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalInk {
    /// Black and white by ANSI colours of the 256-colour table, which themes leave alone. Right on any ground.
    Colour,
    /// No escape codes, light text on a dark ground: blocks stand for light modules.
    LightOnDark,
    /// No escape codes, dark text on a light ground: blocks stand for dark modules.
    DarkOnLight,
}

const RESET: &str = "\u{1b}[0m";

impl Symbol {
    /// Lines of text with the quiet zone, each ending with a newline; as many columns as [`Symbol::full_width`].
    #[must_use]
    pub fn terminal(&self, ink: TerminalInk) -> String {
        let side = self.full_width();
        let mut lines = String::new();
        for row in (0..side).step_by(2) {
            let mut worn = None;
            for column in 0..side {
                let (upper, lower) = (self.dark(column, row), self.dark(column, row + 1));
                match ink {
                    TerminalInk::Colour => {
                        // The block is the upper half in the text's colour over the lower half in the ground's. A last
                        // half row below the symbol is light, like the quiet zone.
                        if worn != Some((upper, lower)) {
                            lines.push_str(colours(upper, lower));
                            worn = Some((upper, lower));
                        }
                        lines.push('▀');
                    }
                    TerminalInk::LightOnDark => lines.push(block(!upper, !lower)),
                    TerminalInk::DarkOnLight => lines.push(block(upper, lower)),
                }
            }
            if ink == TerminalInk::Colour {
                lines.push_str(RESET);
            }
            lines.push('\n');
        }
        lines
    }
}

fn colours(upper_dark: bool, lower_dark: bool) -> &'static str {
    match (upper_dark, lower_dark) {
        (true, true) => "\u{1b}[38;5;16;48;5;16m",
        (true, false) => "\u{1b}[38;5;16;48;5;231m",
        (false, true) => "\u{1b}[38;5;231;48;5;16m",
        (false, false) => "\u{1b}[38;5;231;48;5;231m",
    }
}

fn block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}
