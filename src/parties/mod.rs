//! Enterprises: application, approval, consent, mandates.
