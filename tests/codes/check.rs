//! The states of a check differ, in value and in words, and the list's worth is told beside them.

use nguongoc::codes::{Checker, Fault, Malformed, SignatureState, parse_link};
use nguongoc::keys::{JwkSet, KeyList, KeyStatus, Trust};
use serde_json::json;

use crate::answers::{GTIN_LOT, GTIN_UNIT, NUMBER_LOT};
use crate::{NOW, checker, code_key, key, later, list, listed, rfc8032_key, root_key, signed};

#[test]
fn active_and_retired_keys_pass_and_a_compromised_one_does_not() {
    for (status, state) in [
        (KeyStatus::Active, SignatureState::Valid),
        (KeyStatus::Retired, SignatureState::Valid),
        (KeyStatus::Compromised { last_good_log_size: 900 }, SignatureState::CompromisedKey),
    ] {
        let checked = checker(status).check(GTIN_UNIT, NOW);
        assert_eq!(checked.signature, state);
        assert_eq!(checked.is_valid(), state == SignatureState::Valid);
        assert_eq!(checked.key_status, Some(status.word()));
    }
}

#[test]
fn a_wrong_signature_under_a_compromised_key_is_invalid() {
    let compromised = checker(KeyStatus::Compromised { last_good_log_size: 900 });
    let checked = compromised.check(&GTIN_LOT.replace("L2611A07", "L2611A08"), NOW);
    assert_eq!(checked.signature, SignatureState::Invalid);
}

#[test]
fn unsigned_unknown_and_malformed_are_three_answers() {
    let checker = checker(KeyStatus::Active);
    let unsigned = checker.check("https://t.example.vn/01/09506000134352/10/L2611A07", NOW);
    assert_eq!((unsigned.signature, unsigned.fault), (SignatureState::Absent, None));
    assert_eq!(unsigned.key(), "codes-signature-absent");

    let other =
        nguongoc::codes::sign(parse_link(GTIN_LOT).unwrap().code, &key("t.example.vn/code/2026q3", [3; 32]))
            .unwrap();
    let unknown = checker.check(&other.url(checker.list().host()), NOW);
    assert_eq!((unknown.signature, unknown.fault), (SignatureState::UnknownKey, None));

    let malformed = checker.check(&GTIN_LOT.replace("134352", "134353"), NOW);
    assert_eq!(malformed.fault, Some(Fault::Malformed(Malformed::GtinCheckDigit)));
    assert_eq!(malformed.signature, SignatureState::Invalid);
    assert_eq!(malformed.key(), "codes-malformed-gtin-check-digit");
}

#[test]
fn a_key_of_another_role_signs_no_code_even_with_the_right_bytes() {
    // The log's key holds the same secret here; its id in the code must not find it.
    let log = rfc8032_key("t.example.vn/log");
    let note = signed(&list(1, vec![listed(&log, KeyStatus::Active)]), &[&root_key()]);
    let checker = Checker::new(KeyList::open_unanchored(&note).unwrap());
    let code = parse_link(NUMBER_LOT).unwrap().code;
    let raw = data_encoding::BASE32_NOPAD.decode(&code.to_string().as_bytes()[3..112]).unwrap();
    let forged = [&log.verifier().id().0, &raw[4..]].concat();
    let path = format!("/1/{}/{}", data_encoding::BASE32_NOPAD.encode(&forged), code.key_path());
    let checked = checker.check(&format!("https://t.example.vn{path}"), NOW);
    assert_eq!(checked.signature, SignatureState::UnknownKey);
}

#[test]
fn the_answer_tells_anchor_sequence_and_age_of_the_list() {
    let note = signed(&list(7, vec![listed(&code_key(), KeyStatus::Active)]), &[&root_key()]);
    let unanchored = Checker::new(KeyList::open_unanchored(&note).unwrap()).check(GTIN_LOT, later(3));
    assert!(unanchored.is_valid() && !unanchored.standing.anchored);
    let trusted = Trust::new(root_key().verifier().clone()).unwrap().accept(&note).unwrap();
    let anchored = Checker::new(trusted).check(GTIN_LOT, later(3));
    assert_eq!(
        serde_json::to_value(&anchored).unwrap(),
        json!({
            "signature": "valid", "fault": null, "issuer": "t.example.vn", "gtin": "09506000134352", "product_number": null,
            "lot": "L2611A07", "serial": null, "key": "t.example.vn/code/2026q4", "key_status": "active",
            "anchored": true, "list_sequence": 7, "list_age_seconds": 3 * 86_400, "list_expired": false,
        })
    );
    assert!(Checker::new(KeyList::open_unanchored(&note).unwrap()).standing(later(120)).list_expired);
    assert_eq!(
        Checker::new(KeyList::open_unanchored(&note).unwrap()).standing(later(-1)).list_age_seconds,
        -86_400
    );
}

#[test]
fn jwks_has_the_shape_that_libraries_read() {
    let stolen = key("t.example.vn/code/2026q1", [9; 32]);
    let log = key("t.example.vn/log", [5; 32]);
    let keys = vec![
        listed(&code_key(), KeyStatus::Active),
        listed(&stolen, KeyStatus::Compromised { last_good_log_size: 1 }),
        listed(&log, KeyStatus::Active),
        listed(&root_key(), KeyStatus::Active),
    ];
    let set = serde_json::to_value(JwkSet::of(&list(1, keys))).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(
        set["keys"][0],
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "t.example.vn/code/2026q4", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    );
    assert!(set["keys"][1].get("alg").is_none());
}
