//! `verify` on the known answers of the format: the list is made from the key of RFC 8032, and no registry is there.

use crate::Desk;
use nguongoc::kernel::Moment;
use nguongoc::keys::{KeyList, KeyName, KeyStatus, ListedKey, Note, SecretKey};
use serde_json::Value;
use zeroize::Zeroizing;

const GOOD: &str = "https://T.EXAMPLE.VN/1/WFLZS3VCWV53X5IM6PP3XTHOLMRT5PGCQ4BSODT2D6U4PNHQW65PATTYESLWUAE7A2Y2IIEJFIW22IGIJMAS4PKWHXU2N36TSWNBDM6UZANQ4/01/09506000134352/10/L2611A07";
const UNIT: &str = "https://T.EXAMPLE.VN/1/WFLZS3TXBC7WS3II4TRK2NJIDQHHPP4E3PRTIRM4SW64SG6FJJ4MROLN4CD2BQYTN37SGVFUM23QXGZRSMG56563ZN5G36QFZ3QVE5WMS62A6/P/1000000014/L/HN-2611-07/S/300417265118";

fn key(name: &str, seed: [u8; 32]) -> SecretKey {
    SecretKey::from_seed(KeyName::parse(name).unwrap(), Zeroizing::new(seed)).unwrap()
}

fn root() -> SecretKey {
    key("t.example.vn/root", [7; 32])
}

/// The list of the format's known answers, with the code key in this status.
fn note(status: KeyStatus) -> String {
    let seed = data_encoding::HEXLOWER
        .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        .unwrap();
    let code = key("t.example.vn/code/2026q4", seed.try_into().unwrap());
    let (from, until) = (Moment::from_second(1_790_000_000), Moment::from_second(4_000_000_000));
    let listed = ListedKey::new(code.verifier().clone(), status, from, Some(until)).unwrap();
    let list = KeyList::new("t.example.vn".parse().unwrap(), 7, from, until, vec![listed]).unwrap();
    Note::sign(&list.to_string(), &[&root()]).unwrap().to_string()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("keys.txt", &note(KeyStatus::Active), 0o644);
    desk.write("bad.txt", &note(KeyStatus::Compromised { last_good_log_size: 3 }), 0o644);
    desk
}

#[test]
fn only_a_valid_signature_ends_with_0() {
    let desk = desk();
    let root = root().verifier().to_string();
    for code in [GOOD, UNIT] {
        let said = desk.run(&["verify", code, "--keys", "keys.txt", "--root", &root]).expect(0).out;
        assert!(said.starts_with("Issued by t.example.vn for lot "), "{said}");
        assert!(
            said.contains("a copy of the label would look the same") && !said.contains("unanchored"),
            "{said}"
        );
        assert!(!said.to_lowercase().contains("genuine"), "{said}");
        let said = desk.run(&["verify", code, "--keys", "keys.txt"]).expect(0).out;
        assert!(said.contains("unanchored"), "{said}");
        let json = desk.run(&["verify", code, "--keys", "keys.txt", "--json"]).expect(0).out;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["signature"], &json["anchored"]), (&"valid".into(), &false.into()), "{json}");
    }
    let vi = desk.run(&["verify", GOOD, "--keys", "keys.txt", "--lang", "vi"]).expect(0).out;
    assert!(vi.contains("chưa neo"), "{vi}");
    let changed = GOOD.replace("L2611A07", "L2611A08");
    let unsigned = "https://T.EXAMPLE.VN/01/09506000134352/10/L2611A07";
    let elsewhere = GOOD.replace("T.EXAMPLE.VN", "U.EXAMPLE.VN");
    for code in [changed.as_str(), unsigned, &elsewhere, "https://T.EXAMPLE.VN/", "", "☃"] {
        desk.run(&["verify", code, "--keys", "keys.txt", "--root", &root]).expect(1);
    }
    let compromised = desk.run(&["verify", GOOD, "--keys", "bad.txt", "--root", &root]).expect(1).out;
    assert!(compromised.contains("ask the registry"), "{compromised}");
}

#[test]
fn a_question_that_cannot_be_put_ends_with_2() {
    let desk = desk();
    let other = key("t.example.vn/root", [8; 32]).verifier().to_string();
    let not_anchored = desk.run(&["verify", GOOD, "--keys", "keys.txt", "--root", &other]).expect(2);
    assert!(
        not_anchored.out.is_empty() && not_anchored.err.contains("not signed by a root"),
        "{not_anchored:?}"
    );
    desk.write("tampered.txt", &note(KeyStatus::Active).replace("sequence 7", "sequence 8"), 0o644);
    let root = root().verifier().to_string();
    desk.run(&["verify", GOOD, "--keys", "tampered.txt", "--root", &root]).expect(2);
    desk.run(&["verify", GOOD, "--keys", "absent.txt"]).expect(2);
    desk.run(&["verify", GOOD, "--keys", "pass"]).expect(2);
    desk.run(&["verify", GOOD, "--keys", "keys.txt", "--root", "nonsense"]).expect(2);
    desk.run(&["verify", GOOD]).expect(2);
    desk.run(&["verify"]).expect(2);
}

#[test]
fn a_stream_is_answered_line_by_line_in_order() {
    let desk = desk();
    let ask = |input: &str| desk.run_with(&["verify", "-", "--keys", "keys.txt"], input);
    let mixed = ask(&format!("{GOOD}\n\nnonsense\r\n{UNIT}")).expect(1).out;
    let lines: Vec<Value> = mixed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<_> = lines.iter().map(|line| line["signature"].as_str().unwrap()).collect();
    assert_eq!(states, ["valid", "absent", "absent", "valid"]);
    assert_eq!(lines[2]["code"], "nonsense");
    assert_eq!(lines[1]["fault"], "scheme");
    assert_eq!(ask("").expect(0).out, "");
    assert_eq!(ask(&format!("{GOOD}\n")).expect(0).out.lines().count(), 1);

    // More than one share for each core: the order holds.
    let many: String = (0..2_000)
        .map(|at| if at % 7 == 3 { format!("x{at}\n") } else { format!("{GOOD}?{at}\n") })
        .collect();
    let answered = ask(&many).expect(1).out;
    assert_eq!(answered.lines().count(), 2_000);
    for (at, (asked, line)) in many.lines().zip(answered.lines()).enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["code"], asked, "{at}");
        assert_eq!(line["signature"] == "valid", at % 7 != 3, "{at}");
    }
}
