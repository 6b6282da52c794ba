//! Every statement is valid, and both databases have the same tables.

use carcosa::capabilities;
use carcosa_testkit::{Backend, TestApp, both_databases};

both_databases! {
    async fn every_statement_prepares(app: TestApp) {
        let mut count = 0;
        for statement in carcosa_kernel::statements().chain(capabilities::statements()) {
            app.kernel.database().prepare(statement).await.unwrap_or_else(|error| panic!("{}: {error:?}", statement.name));
            count += 1;
        }
        assert!(count > 60, "{count}");
    }
}

/// Column name and whether it may be null, by table.
type Tables = std::collections::BTreeMap<String, Vec<(String, bool)>>;

async fn tables(backend: Backend) -> Tables {
    use sqlx::{ConnectOptions, Row};
    let database = carcosa_testkit::TestDatabase::create(backend).await;
    let mut tables = Tables::new();
    let rows: Vec<(String, String, bool)> = match backend {
        Backend::Sqlite => {
            let mut connection =
                database.url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap().connect().await.unwrap();
            let query = "SELECT m.name AS t, c.name AS c, c.\"notnull\" AS n FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'";
            let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (row.get("t"), row.get("c"), row.get::<i64, _>("n") == 0)).collect()
        }
        Backend::Postgres => {
            let mut connection =
                database.url.parse::<sqlx::postgres::PgConnectOptions>().unwrap().connect().await.unwrap();
            let query = "SELECT table_name::text AS t, column_name::text AS c, is_nullable = 'YES' AS n FROM information_schema.columns WHERE table_schema = 'public'";
            let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (row.get("t"), row.get("c"), row.get("n"))).collect()
        }
    };
    for (table, column, nullable) in rows {
        if !table.starts_with("_sqlx") && !table.starts_with("sqlite_") {
            tables.entry(table).or_default().push((column, nullable));
        }
    }
    tables.values_mut().for_each(|columns| columns.sort());
    tables
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (tables(Backend::Sqlite).await, tables(Backend::Postgres).await);
    assert!(sqlite.len() > 14, "{sqlite:?}");
    for (table, columns) in &sqlite {
        assert_eq!(Some(columns), postgres.get(table), "{table}");
    }
    assert_eq!(sqlite.len(), postgres.len());
}
