-- What is paid back for what is borrowed, and how much of the year's search for credit was of the last week.
SELECT
    anon_ssn,
    event_time,
    loans_originallyScheduledPaymentAmount / nullif(loans_loanAmount, 0) AS paid_back_per_borrowed,
    clarity_inquiries_7_days / nullif(clarity_inquiries_365_days, 0) AS recent_share_of_inquiries,
    payments_paymentStatus_share_Rejected_all AS rejected_before
FROM features
