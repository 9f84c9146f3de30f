//! The ledger: what was run, on which data, with what seeds, and how often each blind set was
//! looked at. One SQLite file, which survives interruption and takes writers one after the other.

use crate::Error;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A ledger.
pub struct Ledger {
    connection: Connection,
}

/// What one contestant did in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When it was written, in seconds since 1970.
    pub time: i64,
    /// Version of minlen.
    pub version: String,
    /// Name of the task: the folder that `task.toml` is in, or the file's name.
    pub task: String,
    /// The task, as it was: the text of `task.toml`, normalised.
    pub toml: String,
    /// Hash of the training examples.
    pub train: String,
    /// Hash of the blind examples.
    pub blind: String,
    /// Which contestant.
    pub contestant: String,
    /// What it chose: [`Trained::config`](crate::Trained::config).
    pub config: String,
    /// Seed of the contest.
    pub seed: u64,
    /// Hash of what it has learnt.
    pub model: String,
    /// The [`Standing`](crate::Standing), as JSON.
    pub standing: String,
}

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY, time INTEGER NOT NULL, version TEXT NOT NULL, task TEXT NOT NULL,
        toml TEXT NOT NULL, train TEXT NOT NULL, blind TEXT NOT NULL, contestant TEXT NOT NULL,
        config TEXT NOT NULL, seed INTEGER NOT NULL, model TEXT NOT NULL, standing TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS look (
        blind TEXT NOT NULL, time INTEGER NOT NULL, contestant TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS look_blind ON look (blind);
";

/// Of the file's format: another number is another format.
const FORMAT: i64 = 1;

impl Ledger {
    /// Opens the ledger, or begins one.
    pub fn open(path: &Path) -> Result<Ledger, Error> {
        let fail = |e| broken(path, e);
        let connection = Connection::open(path).map_err(fail)?;
        connection.busy_timeout(PATIENCE).map_err(fail)?;
        let format: i64 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(fail)?;
        if format > FORMAT {
            let what = format!("a ledger of format {format}: {}", path.display());
            return Err(minlen::DataError::Unsupported(what).into());
        }
        connection.execute_batch(TABLES).map_err(fail)?;
        connection
            .pragma_update(None, "user_version", FORMAT)
            .map_err(fail)?;
        Ok(Ledger { connection })
    }

    /// Counts a look at a blind set. It is written down before the look.
    pub fn look(&self, blind: &str, contestant: &str) -> Result<(), Error> {
        let sql = "INSERT INTO look (blind, time, contestant) VALUES (?1, ?2, ?3)";
        let done = self
            .connection
            .execute(sql, params![blind, now(), contestant]);
        done.map(|_| ()).map_err(|e| self.fail(e))
    }

    /// How often a blind set was looked at.
    pub fn looks(&self, blind: &str) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM look WHERE blind = ?1";
        let count: i64 = self
            .connection
            .query_row(sql, [blind], |row| row.get(0))
            .map_err(|e| self.fail(e))?;
        Ok(count as u64)
    }

    /// Writes an entry down; its number and time are given here.
    pub fn add(&self, entry: &Entry) -> Result<i64, Error> {
        let sql = "INSERT INTO entry (time, version, task, toml, train, blind, contestant, config, \
                   seed, model, standing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let e = entry;
        let values = params![
            now(),
            e.version,
            e.task,
            e.toml,
            e.train,
            e.blind,
            e.contestant,
            e.config,
            e.seed as i64,
            e.model,
            e.standing
        ];
        self.connection
            .execute(sql, values)
            .map_err(|e| self.fail(e))?;
        Ok(self.connection.last_insert_rowid())
    }

    /// The entry with that number.
    pub fn entry(&self, id: i64) -> Result<Option<Entry>, Error> {
        let sql = "SELECT * FROM entry WHERE id = ?1";
        let found = self.connection.query_row(sql, [id], of_row).optional();
        found.map_err(|e| self.fail(e))
    }

    /// The newest entry of a contestant on the same task, data, seed and version; if `entry` has a
    /// number, the newest before it.
    pub fn same(&self, entry: &Entry) -> Result<Option<Entry>, Error> {
        let sql = "SELECT * FROM entry WHERE toml = ?1 AND train = ?2 AND blind = ?3 AND \
                   contestant = ?4 AND seed = ?5 AND version = ?6 AND (?7 = 0 OR id < ?7) \
                   ORDER BY id DESC LIMIT 1";
        let e = entry;
        let key = params![
            e.toml,
            e.train,
            e.blind,
            e.contestant,
            e.seed as i64,
            e.version,
            e.id
        ];
        let found = self.connection.query_row(sql, key, of_row).optional();
        found.map_err(|e| self.fail(e))
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT * FROM entry ORDER BY id")
            .map_err(|e| self.fail(e))?;
        let rows = statement.query_map([], of_row).map_err(|e| self.fail(e))?;
        rows.collect::<Result<_, _>>().map_err(|e| self.fail(e))
    }

    fn fail(&self, e: rusqlite::Error) -> Error {
        broken(Path::new(self.connection.path().unwrap_or("the ledger")), e)
    }
}

fn of_row(row: &rusqlite::Row) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get("id")?,
        time: row.get("time")?,
        version: row.get("version")?,
        task: row.get("task")?,
        toml: row.get("toml")?,
        train: row.get("train")?,
        blind: row.get("blind")?,
        contestant: row.get("contestant")?,
        config: row.get("config")?,
        seed: row.get::<_, i64>("seed")? as u64,
        model: row.get("model")?,
        standing: row.get("standing")?,
    })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| d.as_secs() as i64)
}

fn broken(path: &Path, e: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    let code = e.sqlite_error_code();
    match code {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            let what = format!("{} is no ledger, or a broken one: {e}", path.display());
            minlen::DataError::Damaged(what).into()
        }
        _ => Error::Io {
            action: "use the ledger",
            path: Some(path.to_path_buf()),
            source: std::io::Error::other(e),
        },
    }
}
