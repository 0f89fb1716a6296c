-- Bad or good, from the status that the loan has in the end; open loans have no label.
SELECT
    anon_ssn,
    applicationDate AS event_time,
    CASE
        WHEN loanStatus IN ('Paid Off Loan', 'Pending Paid Off') THEN 0
        WHEN
            loanStatus IN (
                'External Collection', 'Internal Collection', 'Returned Item', 'Charged Off', 'Charged Off Paid Off',
                'Settled Bankruptcy', 'Settlement Paid Off', 'Settlement Pending Paid Off'
            )
            THEN 1
    END AS label
FROM loans
WHERE isFunded = 1
