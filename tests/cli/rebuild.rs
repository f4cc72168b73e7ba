//! `rebuild`: looks and says what differs, lot by lot; puts it right; leaves a running service alone.

use crate::Desk;

#[test]
fn an_empty_registry_is_what_follows_from_an_empty_journal() {
    let desk = Desk::new();
    desk.registry(&["migrate"]).expect(0);
    let looked = desk.registry(&["rebuild", "--check"]).expect(0);
    assert!(looked.out.is_empty() && looked.err.contains("0 events told again"), "{looked:?}");
    let kept = desk.registry(&["--lang", "vi", "rebuild"]).expect(0);
    assert!(kept.out.is_empty() && kept.err.contains("Đã kể lại 0 sự kiện"), "{kept:?}");
    assert!(desk.registry(&["rebuild", "--chek"]).expect(2).err.contains("--check"));
}

#[test]
fn what_differs_is_told_and_put_right_while_no_service_runs() {
    let desk = Desk::new();
    desk.registry(&["migrate"]).expect(0);
    let database = desk.path("d/nguongoc.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", database.display())).await.unwrap();
        // A holding of which the journal knows nothing.
        let made = "INSERT INTO holding (lot_id, party_id, amount, taken_in) VALUES (zeroblob(16), zeroblob(16), 5, 5)";
        sqlx::query(made).execute(&pool).await.unwrap();
        pool.close().await;
    });
    let looked = desk.registry(&["rebuild", "--check"]).expect(1);
    assert!(looked.out.starts_with("holding\t-\t00000000-0000"), "{looked:?}");
    assert!(looked.out.trim_end().ends_with("amount=5 short=0 taken_in=5 packed=0 boxed=0\t-"), "{looked:?}");
    assert!(looked.err.contains("1 rows differ"), "{looked:?}");
    // Claimed, as a service does it.
    let lock = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(desk.path("d/nguongoc.sqlite.lock"))
        .unwrap();
    lock.lock().unwrap();
    assert!(desk.registry(&["rebuild"]).expect(1).err.contains("--check"));
    desk.registry(&["rebuild", "--check"]).expect(1);
    drop(lock);
    assert!(desk.registry(&["rebuild"]).expect(0).err.contains("put right"));
    desk.registry(&["rebuild", "--check"]).expect(0);
}

#[test]
fn under_the_host_of_another_registry_nothing_is_looked_at() {
    let desk = Desk::new();
    desk.begun();
    desk.registry(&["rebuild", "--check"]).expect(0);
    for check in [&["--check"][..], &[]] {
        let other = ["rebuild", "--data", "d", "--code-host", "other.example.vn"];
        let ran = desk.run(&[&other[..], check].concat()).expect(1);
        assert!(ran.out.is_empty(), "{ran:?}");
        assert!(ran.err.contains("the settings say other.example.vn"), "{ran:?}");
        assert!(ran.err.contains("Give --code-host t.example.vn"), "{ran:?}");
    }
}
