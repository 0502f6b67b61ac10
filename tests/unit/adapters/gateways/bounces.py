"""Reports as servers write them, each about one mail that was sent with the return path given."""

POSTFIX = """\
Return-Path: <>
X-Original-To: {path}
Delivered-To: {path}
Received: by mail.example.com (Postfix) id 4F2A1; Sun, 22 Nov 2026 10:20:00 +0000 (UTC)
Date: Sun, 22 Nov 2026 10:20:00 +0000 (UTC)
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {path}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B6E1D.1790000000/mail.example.com"
Message-Id: <20261122102000.4F2A1@mail.example.com>

This is a MIME-encapsulated message.

--B6E1D.1790000000/mail.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.com.

<ada@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1
    <ada@example.net>: Recipient address rejected: User unknown

--B6E1D.1790000000/mail.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: B6E1D
X-Postfix-Sender: rfc822; {path}
Arrival-Date: Sun, 22 Nov 2026 10:19:58 +0000 (UTC)

Final-Recipient: rfc822; ada@example.net
Original-Recipient: rfc822;ada@example.net
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {diagnostic}

--B6E1D.1790000000/mail.example.com
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <{path}>
From: Example <news@example.com>
To: ada@example.net
Subject: Hello
Message-ID: <7.store@example.com>

Hello Ada

--B6E1D.1790000000/mail.example.com--
"""

EXIM = """\
Return-path: <>
Envelope-to: {path}
Delivery-date: Sun, 22 Nov 2026 10:20:00 +0000
Received: from Debian-exim by mail.example.com with local (Exim 4.96) id 1tEXyz-000abc-1A
\tfor {path}; Sun, 22 Nov 2026 10:20:00 +0000
X-Failed-Recipients: ada@example.net
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.com>
To: {path}
Content-Type: multipart/report; report-type=delivery-status; boundary=1790000000-eximdsn-42
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tEXyz-000abc-1A@mail.example.com>

--1790000000-eximdsn-42
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1790000000-eximdsn-42
Content-type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Action: failed
Final-Recipient: rfc822;ada@example.net
Status: 5.0.0
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
 550 5.1.1 Please check it.

--1790000000-eximdsn-42
Content-type: message/rfc822

Return-path: <{path}>
From: Example <news@example.com>
Subject: Hello

Hello
--1790000000-eximdsn-42--
"""

EXCHANGE = """\
Received: from MW2PR01CA0001.prod.outlook.example by mail.example.com; Sun, 22 Nov 2026 10:20:00 +0000
MIME-Version: 1.0
From: <postmaster@contoso.example>
To: <{path}>
Date: Sun, 22 Nov 2026 10:20:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4d3c2b1a-0000"
X-MS-Exchange-Message-Is-Ndr:
Message-ID: <0e2f-4d3c@contoso.example>
Subject: Undeliverable: Hello
Auto-Submitted: auto-replied

--4d3c2b1a-0000
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="4d3c2b1a-0001"

--4d3c2b1a-0001
Content-Type: text/plain; charset="us-ascii"

Your message to ada@contoso.example couldn't be delivered.

--4d3c2b1a-0001
Content-Type: text/html; charset="us-ascii"

<html><body>Your message couldn't be delivered.</body></html>

--4d3c2b1a-0001--

--4d3c2b1a-0000
Content-Type: message/delivery-status

Reporting-MTA: dns;MW2PR01MB0001.prod.outlook.example
Received-From-MTA: dns;mail.example.com
Arrival-Date: Sun, 22 Nov 2026 10:19:58 +0000

Final-Recipient: rfc822;ada@contoso.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
X-Display-Name: ada

--4d3c2b1a-0000
Content-Type: message/rfc822

From: Example <news@example.com>
Subject: Hello

--4d3c2b1a-0000--
"""

GMAIL = """\
Delivered-To: {path}
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: {path}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
Message-ID: <65f0.abc@mx.google.example>
Content-Type: multipart/report; boundary="00000000000011112222"; report-type=delivery-status

--00000000000011112222
Content-Type: multipart/related; boundary="00000000000011113333"

--00000000000011113333
Content-Type: text/html; charset="UTF-8"

<html><body>Message blocked</body></html>
--00000000000011113333
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--00000000000011113333--
--00000000000011112222
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
X-Original-Message-ID: <7.store@example.com>

Final-Recipient: rfc822; ada@example.net
Action: failed
Status: 5.7.26
Diagnostic-Code: smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated.
 550 5.7.26 gsmtp
Last-Attempt-Date: Sun, 22 Nov 2026 02:20:00 -0800 (PST)

--00000000000011112222
Content-Type: message/rfc822

Return-Path: <{path}>
Subject: Hello

--00000000000011112222--
"""

QMAIL = """\
Return-Path: <>
Delivered-To: {path}
Date: 22 Nov 2026 10:20:00 -0000
From: MAILER-DAEMON@mail.example.com
To: {path}
Subject: failure notice

Hi. This is the qmail-send program at mail.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ada@example.net>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown
"""

OUT_OF_OFFICE = """\
Delivered-To: {path}
From: Ada <ada@example.net>
To: {path}
Subject: Out of office
Auto-Submitted: auto-replied (vacation)
Content-Type: text/plain

I am away until Monday.
"""

READ_RECEIPT = """\
To: {path}
From: Ada <ada@example.net>
Content-Type: multipart/report; report-type=disposition-notification; boundary=x

--x
Content-Type: text/plain

Read.
--x
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--x--
"""

COMPLAINT = """\
From: <abusedesk@example.net>
To: <abuse@example.com>
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54"

--part1_13d.2e68ed54
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1_13d.2e68ed54
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{path}>

--part1_13d.2e68ed54
Content-Type: message/rfc822

Return-Path: <{path}>
From: Example <news@example.com>
To: <redacted>
Subject: Hello

Hello
--part1_13d.2e68ed54--
"""
