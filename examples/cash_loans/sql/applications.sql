-- Who is scored, and when: every loan on the day it starts.
SELECT
    Customer_ID,
    loan_start_date AS event_time
FROM loan_ledger
WHERE installment_num = 0
