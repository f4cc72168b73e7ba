//! Codes on labels: grammar, signing, checking, drawing.
