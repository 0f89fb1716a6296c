"""Words in the names of columns, in English and Turkish, and what they say of the column."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


TIME = _words("date day dt time timestamp at on month period asof snapshot tarih tarihi")
"""It holds times, if its values can be any."""

HAPPENED = _words("snapshot event observation asof effective transaction payment posted statement")
"""It says when a row happened."""

BEGAN = _words(
    "start started begin opened open opening application applied apply origination originated issue issued"
    " disbursed disbursement booking booked created creation contract signup registration admission funded"
    " purchase order listing basvuru baslangic acilis ilan"
)
"""It says when something began."""

OTHER_TIMES = _words(
    "birth dob born dogum expiry expiration expires end ended maturity due close closed closing updated"
    " modified scheduled next last final bitis vade"
)
"""It says when something else is: no time of the row."""

KNOWN = _words("known received loaded ingested arrival arrived reported delivered")
"""It says when a row became known."""

ORDER = _words(
    "num number index idx seq sequence month months day days week period version line installment"
    " instalment taksit"
)
"""It numbers the rows of one entity."""

COUNTED = _words("installment instalment taksit payment line sequence seq page version month phone")
"""A number of these is no identifier."""

NO_IDENTIFIERS = _words(
    "paid valid bid void grid humid rapid solid liquid fluid covid hybrid android acid vivid amid"
)
"""They end in `id`, and are none."""

NULLS = _words(
    "na n/a n.a. #n/a nan null none nil nm xna missing undefined unspecified bilinmiyor yok belirtilmemiş"
    " - -- --- ? ?? . .."
)
"""Values, not names, that say so where there is none."""

TARGETS = _phrases(
    "target,label,y,class,outcome,default,defaulted,bad,churn,churned,fraud,is fraud,is default,is bad,"
    "is churn,adverse outcome,default flag,bad flag,good bad,default status,loan default,"
    "default next month,hedef,etiket"
)
"""Names of labels."""

OUTCOMES = _words(
    "overdue paid unpaid repaid prepaid paidoff balance status dpd arrears delinquent delinquency"
    " collection collections default defaulted chargeoff charged writeoff settled settlement closed"
    " outcome target label missed returned recovery recovered late bankrupt approved funded originated"
    " disbursed rejected withdrawn gecikme odenen kalan durum"
)
"""It may be of after the event."""

CIVIL = _words("family marital civil housing employment job residence medeni social education")
"""Its status is that of a person, and no outcome."""

THINGS = _words(
    "column field file table product brand item category type company bank city branch plan contract model"
    " group class event feature shop store"
)
"""Their name is no person's."""

PERSONAL = _phrases(
    "name,ssn,email,mail,phone,telephone,mobile,gsm,iban,passport,surname,firstname,lastname,fullname,"
    "address,street,tckn,soyad,ad,adres,telefon,eposta,birthdate,first name,last name,full name,"
    "customer name,client name,maiden name,middle name,borrower name,applicant name,e mail,phone number,"
    "mobile number,account iban,tc kimlik,national id,kimlik no,ad soyad,passport number,ip address,"
    "email address,home address,street address,social security,date birth,birth date,cell phone,"
    "phone home,phone mobile,card number,of birth,dogum tarihi,dob"
)
"""The last words of names of what identifies a person."""
