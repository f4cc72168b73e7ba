//! Each answer has its own sentence in both languages, and none says "genuine".

use std::collections::BTreeMap;

use nguongoc::codes::{Fault, Malformed, SignatureState};

fn sentences(language: &str) -> BTreeMap<String, String> {
    let path = format!("{}/assets/locales/{language}/codes.ftl", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(path).unwrap();
    let lines = file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| line.split_once(" = ").map(|(key, text)| (key.to_owned(), text.to_owned())).unwrap())
        .collect()
}

#[test]
fn every_answer_has_its_own_sentence_in_both_languages() {
    let mut keys: Vec<&str> = Malformed::ALL.iter().map(|reason| reason.key()).collect();
    keys.extend(SignatureState::ALL.iter().map(|state| state.key()));
    keys.push(Fault::OtherHost.key());
    for language in ["vi", "en"] {
        let sentences = sentences(language);
        let mut told: Vec<&String> = keys
            .iter()
            .map(|key| sentences.get(*key).unwrap_or_else(|| panic!("{language}: {key}")))
            .collect();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), keys.len(), "two answers share a sentence");
        for (key, text) in &sentences {
            assert!(["codes-", "error-", "problem-"].iter().any(|kind| key.starts_with(kind)), "{key}");
            for word in ["genuine", "authentic", "hàng thật", "chính hãng", "hàng giả", "fake"] {
                assert!(!text.to_lowercase().contains(word), "{key}: {text}");
            }
        }
    }
    assert!(sentences("vi").keys().eq(sentences("en").keys()));
}

#[test]
fn words_and_keys_of_reasons_agree() {
    for reason in Malformed::ALL {
        assert_eq!(reason.key(), format!("codes-malformed-{}", reason.word().replace('_', "-")));
    }
}
