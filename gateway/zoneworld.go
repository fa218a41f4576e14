package gateway

// neighbours has the countries to which shops of this part of the world send, in the form
// of russia. A star marks a country with several clocks.
const neighbours = `
[KZ Asia/Almaty] казахстан, рк, kazakhstan, qazaqstan
Asia/Almaty | алматинская, карагандинская, восточно казахстанская, вко, северо казахстанская, ско, западно казахстанская, зко, южно казахстанская, павлодарская, костанайская, кустанайская, акмолинская, актюбинская, атырауская, мангистауская, мангыстауская, жамбылская, кызылординская, туркестанская, абайская, улытауская, жетысуская, абай, жетысу, улытау | алматы, алма ата, астана, нур султан, шымкент, караганда, актобе, тараз, павлодар, усть каменогорск, оскемен, семей, семипалатинск, атырау, костанай, кызылорда, уральск, орал, петропавловск, актау, темиртау, туркестан, талдыкорган, экибастуз, рудный, жезказган, кокшетау, жанаозен, балхаш, конаев, капшагай, каскелен, almaty, astana, shymkent, karaganda, aktobe, pavlodar, atyrau, kostanay, aktau

[BY Europe/Minsk] беларусь, белоруссия, рб, belarus
Europe/Minsk | минская, гомельская, гродненская, витебская, могилевская, брестская | минск, гомель, гродно, витебск, могилев, брест, бобруйск, барановичи, борисов, пинск, орша, мозырь, солигорск, лида, новополоцк, полоцк, молодечно, жлобин, minsk, gomel, grodno, vitebsk, mogilev, brest

[KG Asia/Bishkek] киргизия, кыргызстан, киргизстан, kyrgyzstan
Asia/Bishkek | чуйская, ошская, иссык кульская, джалал абадская, таласская, нарынская, баткенская | бишкек, ош, джалал абад, каракол, токмок, кант, кара балта, bishkek, osh

[UZ Asia/Tashkent] узбекистан, uzbekistan
Asia/Tashkent | ташкентская, самаркандская, бухарская, ферганская, андижанская, наманганская, хорезмская, навоийская, джизакская, сурхандарьинская, кашкадарьинская, сырдарьинская, каракалпакстан | ташкент, самарканд, бухара, андижан, наманган, фергана, нукус, карши, коканд, термез, навои, ургенч, чирчик, ангрен, джизак, маргилан, алмалык, хива, tashkent, samarkand, bukhara

[AM Asia/Yerevan] армения, armenia
Asia/Yerevan | ширак, лори, арарат, армавирская, котайк | ереван, гюмри, ванадзор, вагаршапат, абовян, yerevan, gyumri

[GE Asia/Tbilisi] грузия, georgia, sakartvelo
Asia/Tbilisi | аджария, имеретия, кахетия | тбилиси, батуми, кутаиси, рустави, зугдиди, поти, гори, tbilisi, batumi, kutaisi

[AZ Asia/Baku] азербайджан, azerbaijan
Asia/Baku | нахичевань, абшерон | баку, гянджа, сумгаит, мингечевир, ленкорань, хырдалан, baku, ganja, sumqayit

[ES Europe/Madrid] *испания, spain, espana
Europe/Madrid | madrid, cataluna, catalunya, catalonia, andalucia, valenciana, comunidad valenciana, galicia, aragon, pais vasco, castilla y leon, castilla la mancha, murcia, asturias, cantabria, navarra, la rioja, extremadura, baleares, islas baleares, illes balears, barcelona, valencia, alicante, malaga, sevilla, каталония, андалусия, валенсия, мадрид, балеарские острова | madrid, barcelona, valencia, sevilla, zaragoza, malaga, murcia, palma de mallorca, palma, bilbao, alicante, valladolid, vigo, gijon, granada, cordoba, leon, toledo, merida, guadalajara, badajoz, salamanca, cadiz, elche, oviedo, badalona, tarragona, marbella, torrevieja, benidorm, girona, san sebastian, santander, pamplona, almeria, мадрид, барселона, валенсия, севилья, малага, аликанте, торревьеха, марбелья, бенидорм, пальма де майорка
Atlantic/Canary | canarias, islas canarias, canary islands, las palmas, santa cruz de tenerife, gran canaria, tenerife, канарские острова, канары, тенерифе, гран канария | las palmas, las palmas de gran canaria, santa cruz de tenerife, telde, arona, adeje, san cristobal de la laguna, la laguna, arrecife, puerto del rosario, puerto de la cruz, los cristianos, maspalomas, lanzarote, fuerteventura, la gomera, el hierro, santa cruz de la palma, лас пальмас, санта крус де тенерифе, тенерифе, лансароте, фуэртевентура, адехе, арона

[MX America/Mexico_City] *мексика, mexico, estados unidos mexicanos
America/Mexico_City | ciudad de mexico, cdmx, distrito federal, df, edomex, jalisco, puebla, guanajuato, queretaro, michoacan, veracruz, oaxaca, guerrero, chiapas, tabasco, hidalgo, morelos, tlaxcala, aguascalientes, san luis potosi, zacatecas, colima, мехико | ciudad de mexico, mexico city, cdmx, guadalajara, puebla, leon, queretaro, toluca, morelia, veracruz, xalapa, oaxaca, acapulco, cuernavaca, aguascalientes, san luis potosi, zacatecas, villahermosa, tuxtla gutierrez, puerto vallarta, celaya, irapuato, ecatepec, naucalpan, zapopan, мехико, гвадалахара
America/Merida | yucatan, campeche | merida, campeche
America/Cancun | quintana roo, q roo, кинтана роо | cancun, playa del carmen, chetumal, cozumel, tulum, канкун, плая дель кармен
America/Monterrey | nuevo leon, coahuila, coahuila de zaragoza, durango, tamaulipas | monterrey, saltillo, torreon, monclova, durango, gomez palacio, tampico, ciudad victoria, victoria, ciudad madero, guadalupe, apodaca, san nicolas de los garza, монтеррей
America/Matamoros | tamaulipas | matamoros, h matamoros, reynosa, nuevo laredo, rio bravo
America/Matamoros | coahuila | piedras negras, ciudad acuna, acuna
America/Matamoros | nuevo leon | anahuac
America/Chihuahua | chihuahua | chihuahua, delicias, cuauhtemoc, parral
America/Ciudad_Juarez | chihuahua | ciudad juarez, juarez, cd juarez
America/Ojinaga | chihuahua | ojinaga
America/Hermosillo | sonora | hermosillo, ciudad obregon, nogales, guaymas, navojoa, san luis rio colorado
America/Mazatlan | sinaloa, nayarit, baja california sur | culiacan, mazatlan, los mochis, tepic, la paz, los cabos, cabo san lucas, san jose del cabo
America/Bahia_Banderas | nayarit | bahia de banderas, nuevo vallarta, bucerias
America/Tijuana | baja california, baja california norte | tijuana, mexicali, ensenada, tecate, rosarito, тихуана
`

// world has the other countries that a customer's address may name.
const world = `
[UA Europe/Kyiv] украина, ukraine
[MD Europe/Chisinau] молдова, молдавия, moldova
[TJ Asia/Dushanbe] таджикистан, tajikistan
[TM Asia/Ashgabat] туркменистан, туркмения, turkmenistan
[MN Asia/Ulaanbaatar] *монголия, mongolia
[LV Europe/Riga] латвия, latvia
[LT Europe/Vilnius] литва, lithuania
[EE Europe/Tallinn] эстония, estonia
[FI Europe/Helsinki] финляндия, finland
[SE Europe/Stockholm] швеция, sweden
[NO Europe/Oslo] норвегия, norway
[DK Europe/Copenhagen] дания, denmark
[DE Europe/Berlin] германия, germany, deutschland
[PL Europe/Warsaw] польша, poland
[CZ Europe/Prague] чехия, czechia, czech
[SK Europe/Bratislava] словакия, slovakia
[HU Europe/Budapest] венгрия, hungary
[AT Europe/Vienna] австрия, austria
[CH Europe/Zurich] швейцария, switzerland
[IT Europe/Rome] италия, italy
[FR Europe/Paris] *франция, france
[BE Europe/Brussels] бельгия, belgium
[NL Europe/Amsterdam] *нидерланды, голландия, netherlands
[LU Europe/Luxembourg] люксембург, luxembourg
[GB Europe/London] великобритания, англия, united kingdom, uk, great britain
[IE Europe/Dublin] ирландия, ireland
[PT Europe/Lisbon] *португалия, portugal
[RO Europe/Bucharest] румыния, romania
[BG Europe/Sofia] болгария, bulgaria
[RS Europe/Belgrade] сербия, serbia
[ME Europe/Podgorica] черногория, montenegro
[HR Europe/Zagreb] хорватия, croatia
[SI Europe/Ljubljana] словения, slovenia
[BA Europe/Sarajevo] босния, bosnia
[MK Europe/Skopje] македония, macedonia
[AL Europe/Tirane] албания, albania
[GR Europe/Athens] греция, greece
[CY Asia/Nicosia] кипр, cyprus
[MT Europe/Malta] мальта, malta
[TR Europe/Istanbul] турция, turkey, turkiye
[IL Asia/Jerusalem] израиль, israel
[AE Asia/Dubai] оаэ, эмираты, uae, united arab emirates
[SA Asia/Riyadh] саудовская аравия, saudi arabia
[QA Asia/Qatar] катар, qatar
[KW Asia/Kuwait] кувейт, kuwait
[EG Africa/Cairo] египет, egypt
[IN Asia/Kolkata] индия, india
[CN Asia/Shanghai] китай, china
[HK Asia/Hong_Kong] гонконг, hong kong
[JP Asia/Tokyo] япония, japan
[KR Asia/Seoul] корея, южная корея, korea, south korea
[TH Asia/Bangkok] таиланд, тайланд, thailand
[VN Asia/Ho_Chi_Minh] вьетнам, vietnam
[SG Asia/Singapore] сингапур, singapore
[MY Asia/Kuala_Lumpur] малайзия, malaysia
[PH Asia/Manila] филиппины, philippines
[ID Asia/Jakarta] *индонезия, indonesia
[US America/New_York] *сша, usa, united states
[CA America/Toronto] *канада, canada
[BR America/Sao_Paulo] *бразилия, brazil, brasil
[AR America/Argentina/Buenos_Aires] аргентина, argentina
[CL America/Santiago] *чили, chile
[CO America/Bogota] колумбия, colombia
[PE America/Lima] перу, peru
[DO America/Santo_Domingo] доминикана, dominican
[CU America/Havana] куба, cuba
[AU Australia/Sydney] *австралия, australia
[NZ Pacific/Auckland] новая зеландия, new zealand
`
