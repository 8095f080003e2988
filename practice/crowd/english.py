"""What customers write in English. Slots: brand, order, item, city, days, time, amount."""

from __future__ import annotations

ITEMS = ("backpack", "blanket", "desk lamp", "rain jacket", "duvet cover", "camping chair", "rug", "thermos")
CITIES = ("Leeds", "Lahore", "Dubai", "Toronto", "Manchester", "Karachi", "Bristol", "Doha", "Chicago")
TIMES = ("this morning", "since Monday", "yesterday", "all weekend", "two hours ago", "last night")
TAILS = ("", "", "", "", " Thanks!", " 🙏", " Cheers", " Thank you", " 🙂")

TEMPLATES = (
    "@{brand} order {order} was due {days} days ago and tracking hasn't moved. Where is it?",
    "@{brand} the {item} arrived today and honestly it's gorgeous 😍",
    "Hey @{brand}, do you ship to {city}? And roughly how long does it take?",
    "@{brand} got the wrong colour in {order}. I ordered green, this is very much orange.",
    "I've been on hold with @{brand} for 40 minutes. Forty.",
    "@{brand} can I still change the address on {order}? It hasn't shipped yet as far as I can see",
    "@{brand} your checkout keeps eating my card, tried three times {time}",
    "Shout out to @{brand}, the {item} survived a week in the rain. Impressed.",
    "@{brand} I was charged {amount} twice for {order}. Please refund one of them.",
    "@{brand} is the {item} coming back in stock? It's been sold out for weeks",
    "@{brand} parcel left in the rain, box soaked, {item} inside damp. Photos in my DMs.",
    "@{brand} what time does the {city} store close on Saturdays?",
    "Returning {order} and the @{brand} label says it expired. I printed it {time}!",
    "@{brand} zip on the {item} broke after {days} days. Is that covered by the warranty?",
    "@{brand} third time asking: where is my refund of {amount}?",
    "Whoever packed my order at @{brand} and added the handwritten note, you made my day ❤️",
    "@{brand} your courier says nobody was home. I was home. I was literally in the window.",
    "@{brand} my discount code says 'not valid for this basket'. Which basket is it valid for then",
    "Does the @{brand} {item} fit someone who is 190 cm? Asking for a tall friend",
    "@{brand} can you cancel {order} please? I clicked twice by mistake",
    "@{brand} the app logs me out every time I open the basket. Started {time}.",
    "Two emails, one phone call, no answer about {order}. @{brand} is anybody reading this?",
    "@{brand} do you do bulk prices? We need about 60 of the {item} for our staff in {city}",
    "@{brand} one leg shorter than the others on the {item}. It wobbles like a newborn deer",
    "@{brand} loved the {item} so much I bought a second one for my mum",
    "@{brand} tracking for {order} says delivered to 'reception'. I live in a house.",
    "Is the @{brand} site down for anyone else? Blank page {time}",
    "@{brand} the size chart is off. Ordered M, got something for a child.",
    "@{brand} how do I wash the {item} without ruining it?",
    "@{brand} you promised a call back {time}. Still waiting.",
    "@{brand} is the {item} safe around small kids? Can't find it on the page",
    "Ordered from @{brand} on Sunday, arrived in {city} on Tuesday. That's how it's done 👏",
    "@{brand} half of {order} is missing. Got the cover, no {item}.",
    "@{brand} could you send me an invoice with VAT for {order}? Accounts are chasing me",
    "@{brand} never again. {days} days, four agents, zero answers.",
    "@{brand} do gift cards expire? Found one in a drawer, {amount} on it",
    "@{brand} the smell of the new {item} is quite strong, is that normal?",
    "@{brand} thanks for sorting {order} so quickly, whoever answered me is a star ⭐",
    "@{brand} are you hiring in {city}? My sister would love to work with you",
    "@{brand} picked the express option, paid {amount} extra, still came by ordinary post",
    "@{brand} can I collect {order} from the {city} shop instead?",
    "@{brand} your newsletter came six times today. I like you but not that much.",
    "If @{brand} tells me '2 to 3 working days' one more time I'm walking to the warehouse",
    "@{brand} screws missing in the {item} box. Can you post them or do I send it all back?",
)
