/**
 * The car-rental company's database. Everything follows from row numbers, so that two runs have equal checksums; sizes
 * are those of a small company's few years.
 */
const ROWS = { branches: 12, customers: 14_000, vehicles: 1_500, bookings: 60_000, payments: 66_000 } as const;

/** Tables, with what happens to dependants on deletion. Run as the owner, who is an ordinary role. */
export const SCHEMA_SQL = `
CREATE TABLE branches (
  id integer PRIMARY KEY,
  city text NOT NULL UNIQUE
);
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  licence_number text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE vehicles (
  id integer PRIMARY KEY,
  branch_id integer NOT NULL REFERENCES branches ON DELETE RESTRICT,
  plate text NOT NULL UNIQUE,
  model text NOT NULL,
  daily_rate_cents integer NOT NULL CHECK (daily_rate_cents > 0),
  status text NOT NULL CHECK (status IN ('available', 'rented', 'workshop'))
);
CREATE TABLE bookings (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
  vehicle_id integer NOT NULL REFERENCES vehicles ON DELETE RESTRICT,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  status text NOT NULL CHECK (status IN ('reserved', 'active', 'completed', 'cancelled')),
  updated_at timestamptz NOT NULL
);
CREATE TABLE payments (
  id integer PRIMARY KEY,
  booking_id integer NOT NULL REFERENCES bookings ON DELETE CASCADE,
  amount_cents integer NOT NULL,
  method text NOT NULL,
  paid_at timestamptz NOT NULL
);
CREATE TABLE inspections (
  id integer PRIMARY KEY,
  vehicle_id integer NOT NULL REFERENCES vehicles ON DELETE CASCADE,
  booking_id integer REFERENCES bookings ON DELETE SET NULL,
  finding text NOT NULL
);
CREATE TABLE booking_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  booking_id integer NOT NULL,
  happened text NOT NULL,
  status text,
  at timestamptz NOT NULL DEFAULT now()
);
`;

export const DATA_SQL = `
INSERT INTO branches
SELECT i, (ARRAY['Lisbon','Porto','Faro','Madrid','Seville','Valencia','Bilbao','Lyon','Nice','Turin','Genoa','Bari'])[i]
FROM generate_series(1, ${ROWS.branches}) AS i;

INSERT INTO customers
SELECT i,
       (ARRAY['Ana','Bruno','Carla','Diego','Elena','Fabio','Greta','Hugo'])[1 + i % 8] || ' ' ||
       (ARRAY['Almeida','Bianchi','Costa','Duarte','Esposito','Ferrer','Garcia','Lopes','Moreau','Rossi','Silva'])[1 + i % 11],
       'customer' || i || '@example.com',
       'L' || lpad((i * 7919 % 99999989)::text, 8, '0'),
       timestamptz '2022-01-03 08:00+00' + i * interval '2 hours'
FROM generate_series(1, ${ROWS.customers}) AS i;

INSERT INTO vehicles
SELECT i, 1 + i % ${ROWS.branches}, 'RC-' || lpad(i::text, 5, '0'),
       (ARRAY['Clio','208','Corsa','Fiesta','Golf','Model 3','Octavia','500'])[1 + i % 8],
       2900 + i % 40 * 150,
       (ARRAY['available','available','rented','available','workshop'])[1 + i % 5]
FROM generate_series(1, ${ROWS.vehicles}) AS i;

INSERT INTO bookings
SELECT i, 1 + (i::bigint * 7919 % ${ROWS.customers})::integer, 1 + (i::bigint * 104729 % ${ROWS.vehicles})::integer,
       starts, starts + (1 + i % 9) * interval '1 day',
       CASE WHEN i > ${ROWS.bookings - 2500} THEN (ARRAY['reserved','active'])[1 + i % 2]
            WHEN i % 11 = 0 THEN 'cancelled' ELSE 'completed' END,
       starts
FROM (SELECT i, timestamptz '2023-01-02 09:00+00' + i * interval '29 minutes' AS starts
      FROM generate_series(1, ${ROWS.bookings}) AS i) AS numbered;

INSERT INTO payments
SELECT i, 1 + (i - 1) % ${ROWS.bookings}, 4900 + i % 90 * 350, (ARRAY['card','transfer','cash'])[1 + i % 3],
       timestamptz '2023-01-02 10:00+00' + i * interval '26 minutes'
FROM generate_series(1, ${ROWS.payments}) AS i;

INSERT INTO inspections
SELECT i, 1 + i % ${ROWS.vehicles}, i * 12, (ARRAY['no damage','scratch, left door','tyre worn'])[1 + i % 3]
FROM generate_series(1, ${Math.floor(ROWS.bookings / 12)}) AS i;

CREATE INDEX ON bookings (customer_id);
CREATE INDEX ON bookings (vehicle_id);
CREATE INDEX ON payments (booking_id);
CREATE INDEX ON inspections (booking_id);
`;

/** Triggers and functions come after the data, or loading it would leave an audit trail of its own. */
export const LOGIC_SQL = `
CREATE FUNCTION audit_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO booking_audit (booking_id, happened, status)
  VALUES (coalesce(NEW.id, OLD.id), lower(TG_OP), coalesce(NEW.status, OLD.status));
  RETURN NULL;
END $$;
CREATE TRIGGER booking_audit AFTER INSERT OR UPDATE OR DELETE ON bookings
  FOR EACH ROW EXECUTE FUNCTION audit_booking();

CREATE FUNCTION booking_status_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  IF NEW.status = 'active' THEN
    UPDATE vehicles SET status = 'rented' WHERE id = NEW.vehicle_id;
  ELSIF OLD.status = 'active' THEN
    UPDATE vehicles SET status = 'available' WHERE id = NEW.vehicle_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER booking_status BEFORE UPDATE OF status ON bookings
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION booking_status_changed();

CREATE FUNCTION tidy_up_stale_bookings() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  tidied integer;
BEGIN
  DELETE FROM bookings
  WHERE status IN ('completed', 'cancelled') AND ends_at < (SELECT max(ends_at) FROM bookings) - interval '3 years';
  GET DIAGNOSTICS tidied = ROW_COUNT;
  RETURN tidied;
END $$;
`;
