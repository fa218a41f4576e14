package gateway

// russia has a line for each subject of the Russian Federation and its towns above about
// 100,000 people, without the words for what they are. A second
// line of a subject has its towns of another zone. A town whose name is also that of one
// elsewhere with another clock stands here only when everybody means this one.
const russia = `
[RU Europe/Moscow] россия, рф, российская федерация, russia, russian federation, rossiya

Europe/Kaliningrad | калининградская, kaliningrad, kaliningradskaya | калининград, балтийск, зеленоградск, kaliningrad

Europe/Moscow | москва, moscow, moskva | москва, мск, зеленоград, щербинка, moscow, moskva
Europe/Moscow | московская, моск, подмосковье, мо, moskovskaya | балашиха, подольск, химки, мытищи, королев, люберцы, красногорск, электросталь, коломна, одинцово, домодедово, щелково, серпухов, раменское, долгопрудный, орехово зуево, жуковский, пушкино, реутов, ногинск, сергиев посад, видное, лобня, клин, дубна, егорьевск, чехов, дмитров, воскресенск, ивантеевка, павловский посад, наро фоминск, фрязино, лыткарино, солнечногорск, дзержинский, кашира, котельники, истра, апрелевка, звенигород, волоколамск, можайск, ступино, khimki, mytishchi, podolsk, balashikha, lyubertsy
Europe/Moscow | санкт петербург, спб, петербург, saint petersburg, st petersburg, sankt peterburg | санкт петербург, спб, петербург, питер, колпино, пушкин, петергоф, кронштадт, сестрорецк, шушары, saint petersburg, st petersburg, sankt peterburg
Europe/Moscow | ленинградская, ленингр, ло, leningradskaya, leningrad | гатчина, выборг, всеволожск, мурино, кудрово, сосновый бор, тихвин, кириши, волхов, тосно
Europe/Moscow | белгородская, belgorodskaya, belgorod | белгород, старый оскол, губкин, belgorod
Europe/Moscow | брянская, bryanskaya, bryansk | брянск, клинцы, bryansk
Europe/Moscow | владимирская, vladimirskaya, vladimir | владимир, ковров, муром, александров, гусь хрустальный, vladimir
Europe/Moscow | воронежская, voronezhskaya, voronezh | воронеж, борисоглебск, россошь, voronezh
Europe/Moscow | ивановская, ivanovskaya, ivanovo | иваново, кинешма, шуя, ivanovo
Europe/Moscow | калужская, kaluzhskaya, kaluga | калуга, обнинск, kaluga, obninsk
Europe/Moscow | костромская, kostromskaya, kostroma | кострома, kostroma
Europe/Moscow | курская, kurskaya, kursk | курск, kursk
Europe/Moscow | липецкая, lipetskaya, lipetsk | липецк, елец, lipetsk
Europe/Moscow | орловская, orlovskaya, orel, oryol | орел, ливны, мценск, orel, oryol
Europe/Moscow | рязанская, ryazanskaya, ryazan | рязань, касимов, ryazan
Europe/Moscow | смоленская, smolenskaya, smolensk | смоленск, вязьма, рославль, smolensk
Europe/Moscow | тамбовская, tambovskaya, tambov | тамбов, мичуринск, tambov
Europe/Moscow | тверская, tverskaya, tver | тверь, ржев, вышний волочек, tver
Europe/Moscow | тульская, tulskaya, tula | тула, новомосковск, узловая, щекино, tula
Europe/Moscow | ярославская, yaroslavskaya, yaroslavl | ярославль, рыбинск, переславль залесский, yaroslavl, rybinsk
Europe/Moscow | карелия, karelia, karelija, kareliya | петрозаводск, petrozavodsk
Europe/Moscow | коми, komi | сыктывкар, ухта, воркута, печора, усинск, инта, syktyvkar
Europe/Moscow | архангельская, arkhangelskaya, arkhangelsk | архангельск, северодвинск, котлас, новодвинск, коряжма, arkhangelsk
Europe/Moscow | ненецкий, нао, nenets, nenetskiy | нарьян мар
Europe/Moscow | вологодская, vologodskaya, vologda | вологда, череповец, великий устюг, vologda, cherepovets
Europe/Moscow | мурманская, murmanskaya, murmansk | мурманск, апатиты, североморск, мончегорск, кандалакша, murmansk
Europe/Moscow | новгородская, novgorodskaya | великий новгород, новгород, боровичи, velikiy novgorod
Europe/Moscow | псковская, pskovskaya, pskov | псков, великие луки, pskov
Europe/Moscow | адыгея, adygea, adygeya | майкоп, maykop
Europe/Moscow | калмыкия, kalmykia, kalmykiya | элиста, elista
Europe/Moscow | краснодарский, кубань, krasnodarskiy, krasnodar | краснодар, сочи, адлер, новороссийск, армавир, анапа, геленджик, ейск, туапсе, кропоткин, славянск на кубани, тихорецк, крымск, белореченск, лабинск, krasnodar, sochi, novorossiysk, anapa
Europe/Moscow | ростовская, rostovskaya, rostov | ростов на дону, ростов, таганрог, шахты, волгодонск, новочеркасск, батайск, новошахтинск, каменск шахтинский, азов, сальск, rostov on don, rostov na donu, taganrog
Europe/Moscow | волгоградская, volgogradskaya, volgograd | волгоград, волжский, камышин, volgograd, volzhskiy
Europe/Moscow | дагестан, dagestan | махачкала, хасавюрт, дербент, каспийск, буйнакск, кизляр, избербаш, makhachkala, derbent
Europe/Moscow | ингушетия, ingushetia | назрань, магас, сунжа, малгобек
Europe/Moscow | кабардино балкарская, кабардино балкария, кбр, kabardino balkaria | нальчик, прохладный, баксан, nalchik
Europe/Moscow | карачаево черкесская, карачаево черкесия, кчр, karachay cherkessia | черкесск, карачаевск
Europe/Moscow | северная осетия, северная осетия алания, осетия, алания, рсо, north ossetia | владикавказ, моздок, беслан, vladikavkaz
Europe/Moscow | чеченская, чечня, chechnya, chechenskaya | грозный, гудермес, аргун, урус мартан, grozny
Europe/Moscow | ставропольский, ставрополье, stavropolskiy, stavropol | ставрополь, пятигорск, кисловодск, невинномысск, ессентуки, минеральные воды, георгиевск, михайловск, буденновск, stavropol, pyatigorsk
Europe/Moscow | марий эл, мари эл, mari el | йошкар ола, yoshkar ola
Europe/Moscow | мордовия, mordovia, mordoviya | саранск, рузаевка, saransk
Europe/Moscow | татарстан, tatarstan | казань, набережные челны, челны, нижнекамск, альметьевск, зеленодольск, елабуга, бугульма, лениногорск, чистополь, иннополис, kazan, naberezhnye chelny
Europe/Moscow | чувашская, чувашия, chuvashia | чебоксары, новочебоксарск, канаш, cheboksary
Europe/Kirov | кировская, kirovskaya, kirov | киров, кирово чепецк, kirov
Europe/Moscow | нижегородская, nizhegorodskaya, nizhny novgorod | нижний новгород, н новгород, нн, дзержинск, арзамас, саров, бор, кстово, павлово, выкса, nizhny novgorod, nizhniy novgorod
Europe/Moscow | пензенская, penzenskaya, penza | пенза, кузнецк, penza
Europe/Simferopol | крым, crimea, krym | симферополь, керчь, евпатория, ялта, феодосия, алушта, джанкой, судак, simferopol, yalta
Europe/Simferopol | севастополь, sevastopol | севастополь, балаклава, sevastopol
Europe/Moscow | донецкая, днр | донецк, макеевка, горловка, мариуполь
Europe/Moscow | луганская, лнр | луганск, алчевск
Europe/Moscow | запорожская | мелитополь, бердянск
Europe/Moscow | херсонская | геническ

Europe/Samara | самарская, samarskaya, samara | самара, тольятти, сызрань, новокуйбышевск, чапаевск, жигулевск, отрадный, samara, tolyatti, togliatti
Europe/Samara | удмуртская, удмуртия, udmurtia, udmurtskaya | ижевск, сарапул, воткинск, глазов, можга, izhevsk
Europe/Saratov | саратовская, saratovskaya, saratov | саратов, энгельс, балаково, балашов, вольск, saratov, engels
Europe/Astrakhan | астраханская, astrakhanskaya, astrakhan | астрахань, ахтубинск, знаменск, astrakhan
Europe/Ulyanovsk | ульяновская, ulyanovskaya, ulyanovsk | ульяновск, димитровград, ulyanovsk

Asia/Yekaterinburg | башкортостан, башкирия, bashkortostan | уфа, стерлитамак, салават, нефтекамск, туймазы, белорецк, ишимбай, кумертау, сибай, белебей, бирск, ufa, sterlitamak
Asia/Yekaterinburg | курганская, kurganskaya, kurgan | курган, шадринск, kurgan
Asia/Yekaterinburg | оренбургская, orenburgskaya, orenburg | оренбург, орск, новотроицк, бузулук, бугуруслан, orenburg, orsk
Asia/Yekaterinburg | пермский, пермская, коми пермяцкий, permskiy, perm | пермь, березники, соликамск, чайковский, кунгур, лысьва, кудымкар, perm, berezniki
Asia/Yekaterinburg | свердловская, sverdlovskaya, sverdlovsk | екатеринбург, екб, нижний тагил, н тагил, каменск уральский, первоуральск, серов, новоуральск, верхняя пышма, асбест, ревда, полевской, краснотурьинск, yekaterinburg, ekaterinburg, nizhny tagil
Asia/Yekaterinburg | тюменская, tyumenskaya, tyumen | тюмень, тобольск, ишим, ялуторовск, заводоуковск, tyumen
Asia/Yekaterinburg | челябинская, chelyabinskaya, chelyabinsk | челябинск, магнитогорск, златоуст, миасс, копейск, озерск, снежинск, сатка, чебаркуль, коркино, chelyabinsk, magnitogorsk, miass
Asia/Yekaterinburg | ханты мансийский, хмао, югра, хмао югра, khanty mansiysk, khanty mansi, khmao | сургут, нижневартовск, нефтеюганск, ханты мансийск, когалым, нягань, мегион, лангепас, урай, югорск, surgut, nizhnevartovsk
Asia/Yekaterinburg | ямало ненецкий, янао, ямал, yamalo nenets, yanao | новый уренгой, ноябрьск, салехард, надым, муравленко, губкинский, novy urengoy, noyabrsk

Asia/Omsk | омская, omskaya, omsk | омск, omsk

Asia/Barnaul | алтай, altai republic, altai | горно алтайск, gorno altaysk
Asia/Barnaul | алтайский, altayskiy, altai krai | барнаул, бийск, рубцовск, новоалтайск, barnaul, biysk
Asia/Krasnoyarsk | тыва, тува, tuva, tyva | кызыл, kyzyl
Asia/Krasnoyarsk | хакасия, khakassia | абакан, черногорск, саяногорск, abakan
Asia/Krasnoyarsk | красноярский, krasnoyarskiy, krasnoyarsk, таймырский, эвенкийский | красноярск, норильск, ачинск, канск, минусинск, дудинка, лесосибирск, сосновоборск, шарыпово, дивногорск, krasnoyarsk, norilsk, achinsk
Asia/Novokuznetsk | кемеровская, кузбасс, kemerovskaya, kemerovo, kuzbass | кемерово, новокузнецк, прокопьевск, междуреченск, ленинск кузнецкий, киселевск, юрга, анжеро судженск, белово, kemerovo, novokuznetsk
Asia/Novosibirsk | новосибирская, novosibirskaya, novosibirsk | новосибирск, нск, бердск, искитим, кольцово, novosibirsk
Asia/Tomsk | томская, tomskaya, tomsk | томск, северск, стрежевой, tomsk

Asia/Irkutsk | бурятия, buryatia | улан удэ, северобайкальск, ulan ude
Asia/Irkutsk | иркутская, усть ордынский, irkutskaya, irkutsk | иркутск, братск, ангарск, усть илимск, усолье сибирское, черемхово, шелехов, тайшет, irkutsk, bratsk, angarsk

Asia/Chita | забайкальский, читинская, агинский бурятский, zabaykalskiy, zabaykalsky, chita | чита, краснокаменск, борзя, chita
Asia/Yakutsk | амурская, amurskaya, amur | благовещенск, тында, свободный, циолковский, blagoveshchensk
Asia/Yakutsk | саха, якутия, sakha, yakutia | якутск, нерюнгри, ленск, алдан, вилюйск, нюрба, олекминск, томмот, удачный, айхал, тикси, yakutsk, neryungri
Asia/Vladivostok | саха | верхоянск, батагай, депутатский, усть куйга, верхоянский, усть янский
Asia/Ust-Nera | саха | усть нера, оймякон, томтор, оймяконский
Asia/Srednekolymsk | саха | среднеколымск, белая гора, чокурдах, зырянка, хонуу, черский, верхнеколымский, нижнеколымский, среднеколымский, момский, абыйский, аллаиховский

Asia/Vladivostok | еврейская, еао, jewish autonomous, jewish | биробиджан, birobidzhan
Asia/Vladivostok | приморский, приморье, primorskiy, primorsky, primorye | владивосток, уссурийск, находка, артем, арсеньев, спасск дальний, большой камень, партизанск, лесозаводск, дальнегорск, vladivostok, ussuriysk, nakhodka
Asia/Vladivostok | хабаровский, khabarovskiy, khabarovsk | хабаровск, комсомольск на амуре, амурск, советская гавань, николаевск на амуре, ванино, бикин, khabarovsk, komsomolsk on amur

Asia/Magadan | магаданская, magadanskaya, magadan | магадан, сусуман, magadan
Asia/Sakhalin | сахалинская, сахалин, курилы, sakhalinskaya, sakhalin | южно сахалинск, корсаков, холмск, оха, невельск, поронайск, долинск, курильск, южно курильск, yuzhno sakhalinsk
Asia/Srednekolymsk | сахалинская | северо курильск, парамушир, северо курильский

Asia/Kamchatka | камчатский, камчатская, камчатка, корякский, kamchatskiy, kamchatka | петропавловск камчатский, елизово, вилючинск, палана, petropavlovsk kamchatsky
Asia/Anadyr | чукотский, чукотка, chukotka, chukotskiy | анадырь, певек, билибино, anadyr
`
