-- Default: 30 or more days past due, six months into the loan.
-- Instalments missed are counted from the amount overdue; the first of them fell due that many months
-- before the snapshot; the days since then are the days past due.
WITH month_6 AS (
    SELECT
        Customer_ID,
        loan_start_date,
        snapshot_date,
        CAST(ceil(overdue_amt / due_amt) AS INTEGER) AS n_missed
    FROM loan_ledger
    WHERE installment_num = 6
)

SELECT
    Customer_ID,
    loan_start_date AS event_time,
    CASE
        WHEN
            date_diff('day', CAST(snapshot_date - n_missed * INTERVAL '1' MONTH AS DATE), snapshot_date) >= 30
            THEN 1
        ELSE 0
    END AS label
FROM month_6
