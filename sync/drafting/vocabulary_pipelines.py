"""What pipelines are called that are no sales line, or the line after the sale; and what their stages are called."""

from __future__ import annotations

from sync.drafting.words import vocabulary

NO_SALES_LINE = vocabulary(
    {
        "support": """
        support, damage, insurer, ticket, tickets, helpdesk, help desk, service desk, issues, bugs
        complaint, incident
        service request, maintenance, repair, claim, claims, warranty, returns, refund
        waiting on us, waiting on customer, waiting on contact, escalated, resolved, wont fix
        поддержк, тикет, обращения в поддержк, рекламац, жалоб, сервисн, ремонт, гаранти, возврат, претензи
        заявка на ремонт
        назначен мастер, техподдержк, сервисный центр
        підтримк, тікет, рекламац, скарг, сервісн, ремонт, гаранті, повернен, претензі
        поддръжк, тикет, рекламац, оплакван, сервиз, ремонт, гаранци, връщан
        """,
        "hiring": """
        hiring, recruiting, recruitment, candidate, applicant, vacanc, talent, hr=, job offer, interview
        onboarding staff
        подбор персонал, найм, кандидат, ваканси, рекрут, собеседован, hr=, кадры, персонал, отклик
        интервью, резюме
        підбір персонал, найм, кандидат, ваканс, рекрут, співбесід, кадри, персонал, відгук на ваканс
        резюме
        подбор персонал, наеман, кандидат, ваканц, интервю, кадри, персонал, служители, автобиограф
        """,
        "partners": """
        partner, reseller, affiliate, channel recruit, franchis, dealer recruit, distributor recruit
        ambassador
        influencer, alliance, vendor onboarding
        партнер, партнёр, франчайз, франшиз, реселлер, агенты, дилерская сеть, блогер
        партнер, франчайз, франшиз, реселер, агенти, дилерська мереж, блогер
        партньор, франчайз, франшиз, реселър, агенти, дистрибуторска мреж, инфлуенс
        """,
        "purchasing": """
        procurement, purchas, supplier, vendor, sourcing, inventory, stock replen
        закупк, поставщик, снабжен, склад=
        закупів, постачальник, постачан, склад=
        снабдяв, доставчик, покупки, склад=
        """,
        "the work itself": """
        production, manufactur, project delivery, delivery project, projects, tasks, backlog, sprint
        client review
        workshop, internal, operations, logistics tasks, shipping
        производств, цех=, проекты, задачи, внутрен, сборк, распил, отк=, отгрузки, логистика заказ
        монтажи, документооборот
        виробництв, цех=, проєкти, проекти, задачі, завдання, внутрішн, збірк, відвантаження заявк, монтажі
        документообіг
        производств, цех=, проекти, задачи, вътреш, монтажи, документооборот
        """,
        "collecting debts": """
        collections, debt, overdue, receivable, dunning, write off
        дебитор, задолжен, долги, взыскан, просрочк, просрочен, суд=, списан
        дебітор, заборгован, борги, стягнен, прострочк, прострочен, суд=, списан
        дебитор, задължен, вземан, просрочен, събиране на, съд=, отписан
        """,
        "marketing": """
        marketing, campaign, webinars, content plan, press, events calendar, newsletter
        маркетинг, кампани, мероприят, контент, рассылк, реклама
        маркетинг, кампані, заход, контент, розсилк, реклама
        маркетинг, кампани, събития, съдържан, реклам, покани изпрат
        """,
        "raising money": """
        fundrais, investor, seed round, series a, due diligence, term sheet, cap table, grants
        инвестор, инвестици, гранты, раунд
        інвестор, інвестиц, гранти, раунд
        инвеститор, инвестиц, грантове, рунд
        """,
        "a test": """
        test=, testing, sandbox, do not use, demo pipeline, trash, old pipeline, archive, deprecated
        copy of
        тест=, тестов, не использ, архив, старая воронк, мусор
        тест=, тестов, не використ, архів, стара воронк
        тест=, тестов, не се използ, архив
        """,
    }
)

AFTER_THE_SALE = vocabulary(
    {
        "onboarding": """
        onboarding, implementation
        онбординг, внедрение, запуск клиент, онбординг, впроваджен, въвеждане на клиент, внедряван
        """,
        "growth": """
        customer success, client success, account management, key account, existing customer
        existing client, upsell, cross sell
        expansion, retention, repeat, post sale, after sale, aftersale, farming, loyalty
        сопровожден, повторн, допродаж, удержан, действующ, постоянн клиент, ключев клиент, лояльн
        развитие клиент
        супровід, супровод, повторн, допродаж, утриман, чинн клієнт, постійн клієнт, ключов клієнт, лояльн
        розвиток клієнт
        работа с клиент, задържан, повторн, допълнителни продажб, настоящи клиент, съществуващи клиент
        постоянни клиент, ключови клиент
        лоялн, обслужване на клиент, допродаж
        """,
        "renewal": """
        renewal, renewals, subscription end, contract renewals
        продлен, пролонгац, перезаключен, продовжен, поновлен, пролонгац, подновяв, удължав
        """,
        "referral": """
        referral, referrals, recommendations
        рекомендаци, сарафан, рекомендац, препоръки
        """,
    }
)

SALES = vocabulary(
    {
        "sales": """
        sale, sales, selling, new business, deals, leads, pipeline, customers, client acquisition, b2b, b2c
        retail, wholesale
        inbound, outbound, enterprise, smb=, leasing, intake, orders
        продаж, продажи, клиент, опт=, розниц, заказ, сделк, воронка, основн, лиды, общее, общая
        продаж, продажі, клієнт, опт=, роздріб, замовлен, угод, воронка, основн, ліди, загальн
        продажб, клиенти, едро, дребно, поръчк, сделк, основн, лийдове, общ
        """
    }
)
