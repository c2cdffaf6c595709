"""What stages are called in English, Russian, Ukrainian and Bulgarian. Words, no logic.

Beginnings of words, for endings do not matter; `words.vocabulary` tells how they are written.
"""

from __future__ import annotations

from functools import lru_cache

from sync.drafting.words import vocabulary

STAGE_CUES = vocabulary(
    {
        "prospecting": """
        new=, fresh, lead=, ~leads, incoming, inbound, inquir, enquir, prospect, suspect, cold, unsorted
        untouched
        unassigned, raw=, backlog, first contact, first call, initial contact, attempt, no answer, voicemail
        callback, call back, reached out, outreach, contacted, contact made, new request, ~request
        identified, open=
        target, mql, engaged, ~call=, ~contact=, ~connected, interested, to call, research, not reached
        call in
        новый=, новая=, новое=, новые=, лид=, лиды, входящ, обращени, заявка, заявк, неразобран, холодн
        первичн
        первый контакт, первый звонок, недозвон, нет ответа, дозвон, не дозвон, взят в работу
        взяли в работу
        ~контакт, ~звонок, ~созвон, ~интерес, ~запрос, база, необработан, перезвонить, поиск
        первое касание, ~приём
        ~прием, установлен контакт, контакт установлен
        нов=, нова=, нове=, нові=, лід, вхідн, звернен, необроблен, нерозібран, первинн, перший контакт
        перший дзвінок, недодзвон, додзвон, взято в роботу, в роботу взят, ~дзвінок, ~зв'яз, ~запит
        ~інтерес, пошук
        зателефон, встановлен контакт, спроба контакт, спроба зв'яз
        ново=, нови=, лийд, запитван, входящ, необработ, студен, първи контакт, първоначал, първо обаждане
        без отговор
        не вдига, ~контакт, ~обажд, ~обади, ~интерес, осъществен контакт, осъществен, проучван, проучен
        ~получен
        ~intro=, ~conversation, gatekeeper, not answer, first talk, web form, website, sourced, network
        ~talked, ~spoke
        знакомств, не отвечает, не отвеча, ~разговор, первый разговор, с сайта, рекламы, нашли, ~поговорил
        позвонил, ~познаком
        знайомств, не відповідає, ~розмов, перша розмов, з сайту, з реклам, знайшли, ~поговорил, подзвонил
        запознанств, не отговаря, ~разговор, първи разговор, от сайта, от реклам, намер, ~говор, питане
        свърза
        """,
        "qualification": """
        qualif, quali=, quals, sql=, bant, need, needs, requirement, discover, pain, fit=, budget confirmed
        spoke to, assess, clarif, scoping, scope, diagnos, screen, ~details, brief=, intake, verif, eligib
        vetting
        decision maker identified, rfi=, rfq=, rfp received, understand, specification, dates confirmed
        conflict
        квал=, квалиф, выявлен, потребност, уточн, бриф, диагност, анализ потреб, лпр=, выход на лпр, ~анкет
        ~анализ, ~техзадан, тз=, опрос, сбор информац, сбор требован, ~параметр, ~проверк, ~критери
        обследован
        квалиф, потреб, уточнен, уточнюв, виявлен, з'ясув, з'ясов, дискавер, бриф, ~анкет, ~аналіз, опитув
        збір вимог, ~перевірк, обстежен
        квалиф, уточн, уточняван, изясн, нужд, потребн, ~анализ, ~проверк, бриф, изискван
        събиране на информац
        събиране на изискван, диагнос, разговор нужд, проведен разговор
        audit, valuation, volume, questionnaire, ~known, ~size=, pre approv, preapprov, requirements
        ~discuss, reviewed
        аудит, объем, объём, ~узнал, ~понял, ~известн, определ, спецификац задач
        аудит, обсяг, ~дізнал, ~зрозумі, ~відом, визначен, анкет
        одит, обем, ~разбра, ~ясен, ~ясни, определ, анкета
        техническ задан, технічн завдан, техническ спецификац, ~разпитв
        """,
        "meeting": """
        meet, demo, presentation, present, appointment, visit, showroom, test drive, viewing, viewed, tour
        toured, tours, consultation, survey, site, inspect, walk through, walkthrough, intro call
        discovery call
        call booked, call scheduled, trial, pilot, poc=, proof of concept, sample, tasting, measure, showing
        open house, webinar, workshop, evaluat, technical valid, tech valid, identify decision
        value proposition
        ~scheduled, ~booked, came in, drop in, free lesson
        встреч, демо, презентац, показ, замер, выезд, визит, консультац, тест драйв, осмотр, пробн, образц
        дегустац
        пилот, тестиров, экскурс, просмотр, приход, пришел, пришёл, в офис, приглаш, шоурум, назначен встреч
        запис на, первый созвон, zoom=, зум=, вебинар
        зустріч, зустрі, демо, презентац, показ, замір, замірник, виїзд, візит, консультац, тест драйв
        огляд, пробн
        зразк, зразок, дегустац, пілот, тестов, екскурс, перегляд, прийшов, запис на, шоурум, дзвінок заплан
        среща, срещи, демо, демонстрац, презентац, представян, оглед, посещен, визит, консултац, тест драйв
        мостр
        проба, пробн, дегустац, шоурум, идва, пилот, измерван, вземане на размери, насрочен
        open day, free=, ~visited, ~guest, ~together, walk, drive
        день открытых, бесплатн, приехал, съездил, ~в гости, презентован, показал
        день відкритих, безкоштовн, приїхал, з'їздил, ~в гості, показал
        отворени врати, безплат, дойде, посети, разходк, показа
        session, сесси, сесі, сесия
        """,
        "proposal": """
        proposal, propos, quote, quotat, quoted, estimat, offer, bid=, bids, tender, pricing, price list
        rates, prop=
        business case, brochure sent, itinerary, fee, terms sent, terms of business, letter of intent, loi=
        rfp=
        sketch, mock up, mockup, draft offer, options sent, solution design, revising, revision, commercial
        предложен, кп=, ткп=, смет, расчет, расчёт, просчет, просчёт, оферт, прайс, подбор, подборк, вариант
        тендер, ~проект, дизайн проект, эскиз, макет отправ, ~озвуч, план лечен, калькуляц, комм предлож
        оценк, пресейл, цен отправ, отправка кп, цена озвучен, презентация курса, коммерч, ком пред
        предложение отправ
        пропозиц, пропозал, кп=, кошторис, розрахун, прорахун, оферт, прайс, підбір, підбірк, варіант
        тендер
        дизайн про, ескіз, озвуч, калькуляц, оцінк, рахунок пропоз, ціну озвуч, план лікуван, комерц
        кп надісл
        оферт, предложен, калкулац, сметк, количествен, ценоразпис, ценов, изчислен, търг
        обществена поръчка, проект
        вариант, скица, изготвян, изпратена оферт, подбор, план за лечен, тръжн, офертиран
        tariff, rate card, ~price, ~cost, costs, ~terms, valued, ~package, drawing, ~calculat, approach
        тариф, спецификац, ~цена, ~цену, ~стоимост, ~скидк, назвал
        тариф, специфікац, ~ціна, ~ціну, ~вартіст, ~знижк, концепц
        тариф, спецификац, ~цена, ~цени, ~такса, ~отстъпк, концепц
        """,
        "negotiation": """
        negotiat, contract, agreement, legal, procurement, verbal, commit, paperwork, sign, signature
        invoice
        deposit, closing, terms, redlin, approv, awaiting decision, decision, decid, pending, follow up
        objection
        awaiting payment, await payment, waiting for payment, pending payment, financ, loan, mortgage
        credit check
        po=, purchase order, sow=, engagement letter, lease draft, lease, reserv, hold, provisional
        offer accepted, accepted, shortlist, think, thinking, final, prepayment, tender won, preferred
        haggl
        договор, контракт, согласов, согл=, переговор, торг=, торги, торгу, счет, счёт, оплат, предоплат
        аванс, бронь
        брон, дожим, думает, думают, решени, возражен, юрист, подписан, подпис, рассрочк, ипотек, кредит
        лизинг, условия
        ждем оплат, ждём оплат, ожидан оплат, ждем аванс, ждём аванс, принима решени, образец утвержд
        утвержд
        резерв, задаток, счет выставлен, договор подписан, финал, запис на лечен, закрыти, выбира
        выиграли тендер
        договір, договор, контракт, узгодж, переговор, торг, рахунок, оплат, передоплат, аванс, бронюв
        броню, бронь
        чекаємо оплат, очікує оплат, очікуван оплат, думає, думають, рішен, заперечен, юрист, підпис
        розстроч
        іпотек, кредит, лізинг, умов, погодж, завдаток, резерв, рахунок на передоплат, перемога в тендер
        на підпис, торгує
        договор, договарян, преговор, капаро, аванс, фактура, проформ, плащан, чака, изчакв, решен, подпис
        лизинг, кредит
        съгласув, обсъжд, одобрен, условия, резерв, нотариус, предварител, доуточн, класира, чака плащан
        чака подпис
        чака решен, чака фактур, запазен, възражен, финал, потвърд
        agreed, ~discount, follow up on, chasing, ~committee, ~waiting, ~awaiting, ~reply, card details
        invoice sent, deposit scheduled, price agreed
        правк, ~скидк, отсрочк, ~обсужда, гаранти, комитет, ~ждем, ~ждём, ~ожида, ждем платеж, ждём платеж
        ожидан платеж, на рассмотрен, прайс согласу
        правк, ~знижк, відстрочк, ~обговор, гаранті, комітет, ~чекає, ~чекаємо, ~очіку, чекаємо платіж
        очікуємо платіж, на розгляді, вагає
        корекци, ~отстъпк, отсрочк, пазарл, комитет, гаранци, ~чака, ~чакаме, ~очаква, мисли, мислят
        обмисл, депозит
        """,
        "delivery": """
        deliver, delivery, ship, shipped, install, in production, production, fulfil, implement, build
        built, permits
        in progress paid, job in, in work paid, deposit paid, deposit received, paid, balance, handover
        hand over
        arrang, dispatch, order placed, in transit, sold delivery, courier, manufactur, construct, travel
        documents issued
        activated, commission, awaiting delivery, prepaid, packing, assembl, treatment, job scheduled
        payment received
        производств, доставк, монтаж, отгруз, стройк, строительств, изготовл, сборк, выдан, выдач, в пути
        печат, на лечен
        подключен, оплачен, оплата получ, предоплата получ, аванс получ, аванс внес, внесен аванс
        отправлен клиент
        исполнен, выполнен, работы, документы выдан, в отпуске, в поездк, пнр=, пусконалад, курьер
        установк, внедрен
        реализац, комплектац, в работе оплач, передача авто, закупка под
        виробниц, доставк, монтаж, відвантаж, будівниц, виготовл, збірк, видан, видач, в дорозі, друк
        підключен, оплачено
        оплату отрим, передоплату отрим, аванс отрим, виконан, відправлен клієнт, документи вид, встановлен
        комплектац, впровадж, курʼєр, кур'єр, акт виконан, роботи, передача авто
        производств, доставк, монтаж, изпълнен, изработ, предаване, предаден, изпратена стока, стока изпрат
        платен, плати
        платено капаро, капаро плат, получен аванс, авансово плат, инсталир, инсталац, строеж, строителств
        пратк, куриер
        за доставка, документи издад, пътув, в изпълнен
        deposit banked, money received, on market, listed, warehouse, picking, active project
        production started
        цех=, в цех, склад, собира, собирае, на объект, передан, деньги получ, платеж получ
        цех=, в цех, склад, збира, на об'єкт, передан, гроші отрим, платіж отрим
        цех=, в цеха, склад, събира, на обекта, предад, парите получ, получено плащ, преведен
        integrat, відправлено, комплекту, передано, изпратено, ~в работе у
        """,
        "onboarding": """
        onboard, kickoff, kick off, go live, golive, welcome, implementation, training, setup, set up
        client start
        онбординг, адаптац, внедрен, обучен, запуск, приветств, клиент получил, старт работ
        контроль качеств
        онбординг, адаптац, впровадж, навчан, запуск, вітал, клієнт отримав, старт робо, контроль якост
        онбординг, въвежд, обучен, стартир, внедряв, приветств, добре дошъл, начало на работ
        first order, ~received
        первый заказ, ~получил
        перше замовлен, перша покупк, ~отримав
        първа поръчка, първа покупк
        """,
        "growth": """
        upsell, up sell, cross sell, crosssell, expansion, expand, adoption, account review
        business review, qbr=, grow
        additional, add on, upgrade, health check, check in, active client, active customer, existing
        ongoing, nurture client
        допродаж, кросс, расширен, повторн, развити, постоянн, действующ клиент, апсейл, доп продаж
        увеличен, сопровожден
        допродаж, крос продаж, розширен, повторн, розвит, постійн, чинн клієнт, апсейл, збільшен, супровід
        супровод
        допълнител, разширяв, разширен, повторн, развит, месечен преглед, преглед, активен клиент, ъпсел
        постоян, надграж
        """,
        "renewal": """
        renew, expir, days out, lapse, contract end, extension, prolong, re sign, resign
        продлен, пролонг, перезаключ, окончан договор, истекает, возобнов
        продовжен, пролонг, поновлен, переуклад, закінчен договор, закінчуєт
        подновяв, подновен, удължав, удължен, изтича, изтичащ
        """,
        "referral": """
        referr, recommend, testimonial, review request, ask for review, advocate, case study, word of mouth
        рекоменд, отзыв, сарафан, приведи друг
        рекоменд, відгук, приведи друг
        препоръ, отзив, доведи приятел
        """,
        "parked": """
        on hold=, onhold, frozen, freeze, nurtur, park, parked, paused, pause, postpon, later=, next year
        long term nurture
        dormant, stalled, backburner, do not use, zz=, old=, archiv, deprecated, test=, duplicate, spam=
        junk, sleeping
        отложен, заморож, пауза, на паузе, позже, отложенный спрос, архив, тест=, дубл, спам, не использ
        прогрев, спящ
        старый=, старая=, долгий цикл, вернуться позже, стоп лист, законсерв
        відкладен, заморож, пауза, на паузі, пізніше, архів, тест=, дубл, спам, не використ, прогрів, сплячі
        отложен, замразен, пауза, на пауза, по късно, архив, тест=, дублир, спам, не се използва, стар=
        стара=, изчакване за догод
        """,
    }
)

PLAIN_OUTCOMES = vocabulary(
    {
        "won": "won=, closed won, success, успешн, успех, выигран, успіш, виграно, спечел, изигран",
        "lost": "lost=, closed lost, fail, провал, проигр, отказ, не реализ, програ, відмов, загуб, неуспеш, изгуб",
    }
)
"""What the stage is called that simply means won or lost, where there are several."""

_SAYS_NOTHING = vocabulary(
    {
        "": """
        the=, a=, an=, and=, or=, of=, for=, to=, in=, on=, at=, with=, by=, from=, our=, their=, client
        customer, deal, deals
        stage, done, sent, made, received, complet, confirm, schedul, booked, set=, date, first, second
        new=, in progress
        под=, на=, в=, и=, с=, со=, по=, от=, из=, для=, не=, клиент, сделк, этап, проведен, провед
        отправлен, отправ, назначен
        получен, готов, сделан, перв, втор, нов, наш, наши, дат, ждем, ждём, ожидан
        під=, на=, в=, у=, і=, й=, та=, з=, із=, до=, від=, для=, не=, клієнт, угод, етап, проведен, надісл
        відправл, призначен, отриман
        готов, зроблен, перш, друг, нов, наш, дат, чека, очіку, заплан
        под=, на=, в=, и=, с=, със=, по=, от=, за=, не=, клиент, сделк, етап, проведен, изпрат, насроч
        получен, готов, направен
        първ, втор, нов, наш, дат, чака
        """
    }
)


@lru_cache(maxsize=4096)
def is_known(word: str) -> bool:
    """Whether a word, in Latin letters, is one that stages are called by, or that says nothing by itself."""
    return any(cues.know(word) for cues in (*STAGE_CUES.values(), *_SAYS_NOTHING.values()))
