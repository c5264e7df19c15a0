"""Chat: conversations of people of one customer, from browsers and phones that come in by an access token, from the
customer's own server, and from phones that only have texts.

What somebody says is offered to the gate once, with the conversation as its recipient (`speaking`). What the gate lets
go reaches the house's own trunk like any message, and gets its place there (`posts`): the order of a conversation is
that of its indexes, which begin at 0 and have no gap. Who follows a conversation hears of it (`feeds`), phones that
take part get a text (`texting`), and the customer's server is told (`telling`). Who asks whom in, blocks whom, reports
or removes what is `moderating`.
"""
