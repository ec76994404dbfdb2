from lm_deluge import Skill

# Excel spreadsheets
xlsx_skill = Skill(type="anthropic", skill_id="xlsx", version="latest")

# PowerPoint presentations
pptx_skill = Skill(type="anthropic", skill_id="pptx", version="latest")
