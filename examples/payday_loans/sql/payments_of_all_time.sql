-- A leak, on purpose: the loans joined with all of their payments, as they stand today.
SELECT
    population.anon_ssn,
    population.event_time,
    count(payments.loanId) FILTER (WHERE payments.paymentStatus = 'Checked') AS n_payments_made,
    count(payments.loanId) FILTER (WHERE payments.paymentStatus = 'Rejected') AS n_payments_missed,
    count(payments.loanId) FILTER (WHERE payments.paymentStatus = 'Cancelled') AS n_payments_cancelled
FROM population
LEFT JOIN loans
    ON population.anon_ssn = loans.anon_ssn AND population.event_time = loans.applicationDate
LEFT JOIN payments ON loans.loanId = payments.loanId
GROUP BY population.anon_ssn, population.event_time
