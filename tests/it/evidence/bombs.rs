//! Workbooks that unpack to what no workbook is, at every door that takes one: told in words, and soon.

use super::Season;
use crate::support::app::{On, on_both};
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use serde_json::json;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

on_both!(a_bomb_is_refused_at_every_door);

/// 200 MB of blanks in a file of some 200 KB.
fn bomb() -> Vec<u8> {
    let blanks = vec![b' '; 8 * 1024 * 1024];
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"<workbook/>").unwrap();
    writer.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    for _ in 0..25 {
        writer.write_all(&blanks).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
fn now() -> Instant {
    Instant::now()
}

async fn a_bomb_is_refused_at_every_door(on: On) {
    let season = Season::start(on).await;
    let registry = &season.trade.registry;
    registry.person("oanh", Role::Officer, None).await;
    let (browser, program) = (registry.signed_in("oanh").await, season.program("oanh").await);
    let bytes = bomb();
    let files = [("file", "danh-sach.xlsx", bytes.clone())];
    let begun = now();
    let list = [("kind", "substances"), ("in_force_from", "01/11/2026"), ("source", "QĐ mẫu 1")];
    let roster = [("name", "Danh sách mẫu"), ("from", "01/01/2026"), ("to", "31/12/2026")];
    for (path, fields) in [("/api/v1/list-drafts", &list[..]), ("/api/v1/coverage/rosters", &roster[..])] {
        let refused = program.post_files(path, fields, &files).await.expect(422).json();
        assert!(refused.to_string().contains("sheet_file_bomb"), "{path}: {refused:#}");
    }
    for (page, action, fields) in
        [("/lists/new", "/lists", &list[..]), ("/coverage/rosters/new", "/coverage/rosters", &roster[..])]
    {
        let refused = browser.send_files(page, action, fields, &files).await.expect(422);
        assert!(refused.text.contains("bung ra quá lớn"), "{page}: {}", refused.text);
    }
    // A workbook is no paper of a certificate, whatever its name says.
    let mut draft = season.certificate(&json!({ "file_name": "giay.pdf" }));
    draft["file"] = BASE64.encode(&bytes).into();
    let refused = season.farm.post("/api/v1/certificates", &draft).await.expect(422).json();
    assert_eq!(refused["problems"][0]["code"], "file_kind", "{refused:#}");
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}
