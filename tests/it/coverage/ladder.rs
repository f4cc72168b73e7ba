//! The ladder as a pure function: what each rung asks for, and what holds for every roster.

use nguongoc::coverage::{
    Decision, Entry, Firm, Lack, LotDay, Matched, Months, Period, Report, Roster, Snapshot, Standing,
    Verdict, definition, definitions, group, matched, report,
};
use nguongoc::kernel::commune::communes;
use nguongoc::kernel::fold::fold;
use nguongoc::kernel::{Day, Moment, PartyId, PersonId, RosterEntryId, RosterId, Sha256Hash};
use nguongoc::parties::Kind;
use proptest::prelude::*;
use uuid::Uuid;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn roster() -> Roster {
    Roster {
        id: RosterId::from_uuid(Uuid::from_u128(1)),
        name: "2026".to_owned(),
        period: Period::new(day("2026-01-01"), day("2026-12-31")).unwrap(),
        file_hash: Sha256Hash::of(b"file"),
        entries: 0,
        imported_at: Moment::from_second(1_790_000_000),
        frozen_at: None,
    }
}

fn entry(number: u8, tax: Option<u8>) -> Entry {
    let name = format!("Cơ sở {}", number / 3);
    Entry {
        id: RosterEntryId::from_uuid(Uuid::from_u128(u128::from(number))),
        row: i64::from(number) + 2,
        name_folded: fold(&name),
        name,
        tax_shown: tax.map(|tax| tax.to_string()),
        tax_match: tax.map(|tax| Sha256Hash::of(&[tax])),
        commune: communes()[usize::from(number % 2) * 3_000].code,
        kind: None,
        groups: vec![group("rau").unwrap()],
        months: Months::ALL,
        active_from: None,
        active_to: None,
        expected: true,
    }
}

fn firm(number: u8, tax: Option<u8>) -> Firm {
    let like = entry(number, tax);
    Firm {
        id: PartyId::from_uuid(Uuid::from_u128(1_000 + u128::from(number))),
        name: like.name,
        name_folded: like.name_folded,
        kind: Kind::Shop,
        commune: like.commune,
        address: String::new(),
        tax_number: None,
        tax_match: like.tax_match,
        standing: Standing::Approved,
        places: 1,
        complete_places: 1,
        products: 1,
        complete_products: 1,
        days: Vec::new(),
    }
}

fn lots(day_text: &str, coded: i64) -> LotDay {
    LotDay { day: day(day_text), lots: 1, coded }
}

fn computed(entries: Vec<Entry>, decisions: Vec<Decision>, firms: Vec<Firm>, as_of: &str) -> Report {
    let snapshot = Snapshot { roster: roster(), entries, decisions, firms };
    report(definition(None).unwrap(), &snapshot, day(as_of))
}

fn lacks(entry: Entry, firm: Firm, as_of: &str) -> Vec<Lack> {
    let report = computed(vec![entry], Vec::new(), vec![firm], as_of);
    report.not_covered.first().map(|firm| firm.lacks.clone()).unwrap_or_default()
}

#[test]
fn definitions_are_read() {
    assert_eq!(
        definitions().last().map(|d| (d.issuing_months_percent, d.least_for_percentage)),
        Some((75, 20))
    );
    assert_eq!(definition(Some("x")).unwrap_err().code, "roster_definition_unknown");
}

#[test]
fn months_are_counted_when_they_have_passed() {
    let months = |have, need, elapsed| Lack::Months { have, need, elapsed };
    let issuing = |days: &[LotDay]| Firm { days: days.to_vec(), ..firm(0, Some(1)) };
    let coded = [lots("2026-01-10", 1)];
    let on = |as_of| lacks(entry(0, Some(1)), issuing(&coded), as_of);
    assert_eq!(on("2026-01-09"), [Lack::Code]);
    assert_eq!(on("2026-01-10"), []);
    assert_eq!(on("2026-02-27"), []);
    // From the last day of February on two months have passed; three quarters of two are two.
    assert_eq!(on("2026-02-28"), [months(1, 2, 2)]);
    assert_eq!(on("2026-12-31"), [months(1, 9, 12)]);
    // The firm sells in January only, or is active in January only.
    let winter = Entry { months: Months::parse("1").unwrap(), ..entry(0, Some(1)) };
    assert_eq!(lacks(winter, issuing(&coded), "2026-12-31"), []);
    let ended = Entry { active_to: Some(day("2026-01-15")), ..entry(0, Some(1)) };
    assert_eq!(lacks(ended.clone(), issuing(&coded), "2026-12-31"), []);
    assert_eq!(lacks(ended, issuing(&[lots("2026-02-01", 1)]), "2026-01-20"), [Lack::Code, months(0, 1, 1)]);
    // A lot without a code, and a code of last year.
    let old = issuing(&[lots("2025-12-31", 1), lots("2026-01-02", 0)]);
    assert_eq!(lacks(entry(0, Some(1)), old, "2026-01-31"), [Lack::Code]);
}

#[test]
fn what_is_missing_is_named() {
    let base = || Firm { days: vec![lots("2026-01-10", 1)], ..firm(0, Some(1)) };
    for (them, expected) in [
        (Firm { standing: Standing::Applied, ..base() }, Lack::Approval),
        (Firm { standing: Standing::Suspended, ..base() }, Lack::Suspended),
        (Firm { standing: Standing::Refused, ..base() }, Lack::Refused),
        (Firm { places: 0, complete_places: 0, ..base() }, Lack::Place),
        (Firm { complete_places: 0, ..base() }, Lack::PlaceComplete),
        (Firm { products: 0, complete_products: 0, ..base() }, Lack::Product),
        (Firm { complete_products: 0, ..base() }, Lack::ProductComplete),
    ] {
        assert_eq!(lacks(entry(0, Some(1)), them, "2026-01-20"), [expected]);
    }
    assert_eq!(
        lacks(entry(0, Some(2)), Firm { name_folded: String::new(), ..base() }, "2026-01-20"),
        [Lack::Party]
    );
}

#[test]
fn scope_is_active_and_expected_to_sell() {
    let out = [
        Entry { expected: false, ..entry(0, None) },
        Entry { active_from: Some(day("2027-01-01")), ..entry(3, None) },
        Entry { active_to: Some(day("2025-12-31")), ..entry(6, None) },
        Entry {
            active_from: Some(day("2026-12-01")),
            months: Months::parse("1-11").unwrap(),
            ..entry(9, None)
        },
    ];
    let report = computed([&out[..], &[entry(12, None)]].concat(), Vec::new(), Vec::new(), "2026-06-01");
    assert_eq!((report.listed, report.in_scope()), (5, 1));
}

#[test]
fn a_party_stands_behind_one_line() {
    let decision = |id: u128, entry: &Entry, firm: &Firm, verdict| Decision {
        id: Uuid::from_u128(id),
        entry: entry.id,
        party: firm.id,
        verdict,
        by: PersonId::from_uuid(Uuid::nil()),
        by_name: String::new(),
        at: Moment::from_second(i64::try_from(id).unwrap()),
    };
    // The same name and commune twice, and one firm.
    let (a, b, them) = (entry(0, None), entry(2, None), firm(0, None));
    let entries = [a.clone(), b.clone()];
    let near = || Matched::Open(vec![0]);
    assert_eq!(matched(&entries, &[], std::slice::from_ref(&them)), [near(), near()]);
    let same = [decision(1, &a, &them, Verdict::Same)];
    let firms = std::slice::from_ref(&them);
    assert_eq!(matched(&entries, &same, firms), [Matched::ByDecision(0), Matched::Nobody]);
    let both = [same[0].clone(), decision(2, &b, &them, Verdict::Same)];
    assert_eq!(matched(&entries, &both, firms), [Matched::Nobody, Matched::ByDecision(0)]);
    let undone = [both[0].clone(), both[1].clone(), decision(3, &b, &them, Verdict::Other)];
    assert_eq!(matched(&entries, &undone, firms), [Matched::ByDecision(0), Matched::Nobody]);
    // A number goes before every decision.
    let numbered = [Firm { tax_match: Some(Sha256Hash::of(&[7])), ..them.clone() }];
    let entries = [a, Entry { tax_match: Some(Sha256Hash::of(&[7])), ..b }];
    assert_eq!(matched(&entries, &same, &numbered), [Matched::Nobody, Matched::ByTaxNumber(0)]);
}

fn any_firm() -> impl Strategy<Value = Firm> {
    (
        0_u8..30,
        prop::option::of(0_u8..12),
        0_u8..5,
        0_i64..2,
        0_i64..2,
        prop::collection::vec((0_i32..400, 0_i64..2), 0..12),
    )
        .prop_map(|(number, tax, standing, places, products, days)| Firm {
            standing: match standing {
                0 => Standing::Applied,
                1 => Standing::Suspended,
                _ => Standing::Approved,
            },
            places: 1,
            complete_places: places,
            products,
            complete_products: products,
            days: days
                .into_iter()
                .map(|(at, coded)| LotDay { day: day("2025-12-20").plus_days(at), lots: 1, coded })
                .collect(),
            ..firm(number, tax)
        })
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (0_u8..30, prop::option::of(0_u8..12), 1_i64..4096, prop::option::of(0_i32..500), any::<bool>()).prop_map(
        |(number, tax, months, from, expected)| Entry {
            months: Months::from_bits(months).unwrap(),
            active_from: from.map(|days| day("2025-11-01").plus_days(days)),
            expected: expected || number % 2 == 0,
            ..entry(number, tax)
        },
    )
}

/// Everything of a report that is shown, as text.
fn shown(report: &Report) -> String {
    let words = nguongoc::words::Words::of(nguongoc::kernel::Lang::Vi);
    let roster = roster();
    [
        nguongoc::coverage::report_csv(&words, &roster, report),
        nguongoc::coverage::not_covered_csv(&words, &roster, report),
        nguongoc::coverage::off_roster_csv(&words, &roster, report),
    ]
    .concat()
}

proptest! {
    #[test]
    fn the_ladder_holds(
        mut entries in prop::collection::vec(any_entry(), 0..25),
        mut firms in prop::collection::vec(any_firm(), 0..25),
        verdicts in prop::collection::vec((0_u8..30, 0_u8..30, any::<bool>(), 0_i64..5), 0..10),
        elapsed in 0_i32..365,
        seed in any::<u64>(),
    ) {
        entries.sort_by_key(|entry| entry.id);
        entries.dedup_by_key(|entry| entry.id);
        let mut seen = std::collections::BTreeSet::new();
        entries.retain(|entry| entry.tax_match.is_none_or(|tax| seen.insert(tax)));
        firms.sort_by_key(|firm| firm.id);
        firms.dedup_by_key(|firm| firm.id);
        seen.clear();
        firms.retain(|firm| firm.tax_match.is_none_or(|tax| seen.insert(tax)));
        let decisions: Vec<Decision> = (0..).zip(verdicts).map(|(id, (line, party, same, at))| Decision {
            id: Uuid::from_u128(id),
            entry: entry(line, None).id,
            party: firm(party, None).id,
            verdict: if same { Verdict::Same } else { Verdict::Other },
            by: PersonId::from_uuid(Uuid::nil()),
            by_name: String::new(),
            at: Moment::from_second(at),
        }).collect();
        let as_of = day("2026-01-01").plus_days(elapsed).to_string();
        let report = computed(entries.clone(), decisions.clone(), firms.clone(), &as_of);

        let n = report.in_scope();
        prop_assert!(n <= report.listed);
        let parts = [&[report.city, report.linked][..]].concat();
        for rungs in parts.iter().chain([&report.total]) {
            prop_assert_eq!(rungs.registered.firms(), rungs.issuing.firms());
            prop_assert!(rungs.issuing.covered <= rungs.registered.covered);
            prop_assert_eq!(rungs.issuing.unknown, rungs.registered.unknown);
        }
        for cell in [|r: &nguongoc::coverage::Rungs| r.registered, |r: &nguongoc::coverage::Rungs| r.issuing] {
            let sum = |rungs: Vec<nguongoc::coverage::Rungs>| {
                let cells = rungs.iter().map(cell);
                cells.fold((0, 0, 0), |sum, c| (sum.0 + c.covered, sum.1 + c.missing, sum.2 + c.unknown))
            };
            let all = report.communes.iter().chain(&report.linked_communes).map(|(_, rungs)| *rungs).collect();
            prop_assert_eq!(sum(all), sum(vec![report.total]));
            prop_assert_eq!(sum(parts.clone()), sum(vec![report.total]));
        }
        prop_assert_eq!(u32::try_from(report.not_covered.len()).unwrap() + report.total.issuing.covered, n);
        prop_assert!(report.not_covered.iter().all(|firm| !firm.lacks.is_empty()));

        // Nobody stands behind two lines, and whoever is off the roster stands behind none.
        let found = matched(&entries, &decisions, &firms);
        let mut behind: Vec<usize> = found.iter().filter_map(Matched::firm).collect();
        let off = |at: &usize| report.off_roster.iter().any(|off| off.firm.id == firms[*at].id);
        prop_assert!(!behind.iter().any(off));
        behind.sort_unstable();
        let count = behind.len();
        behind.dedup();
        prop_assert_eq!(behind.len(), count);

        // The order of the rows changes nothing.
        let turn = |len: usize| if len == 0 { 0 } else { usize::try_from(seed % 97).unwrap() % len };
        let (mut turned, mut others, mut decided) = (entries, firms, decisions);
        let (a, b, c) = (turn(turned.len()), turn(others.len()), turn(decided.len()));
        turned.rotate_left(a);
        others.rotate_left(b);
        others.reverse();
        decided.rotate_left(c);
        prop_assert_eq!(shown(&report), shown(&computed(turned, decided, others, &as_of)));
    }
}
