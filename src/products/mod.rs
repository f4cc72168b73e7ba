//! Trade items, their groups and pictures.
