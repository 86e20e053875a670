using System.Globalization;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>PAR_EL1 in words.</summary>
/// <remarks>
/// <code>
///   F = 0:  ATTR 63:56 | PA 51:12 | NSE 11 | NS 9 | SH 8:7 | F 0
///   F = 1:  S 9 | PTW 8 | FST 6:1 | F 0
/// </code>
/// Arm ARM D24.2 (PAR_EL1).
/// </remarks>
internal static class ParWording
{
    /// <summary>Whether the register says that there is a translation.</summary>
    public static bool IsTranslated(ulong par) => (par & 1) == 0;

    /// <summary>The words.</summary>
    public static string Of(ulong par)
    {
        if (IsTranslated(par))
        {
            return string.Create(CultureInfo.InvariantCulture, $"PAR_EL1 0x{par:x}: translated to 0x{par & 0x000f_ffff_ffff_f000:x}, memory attribute 0x{par >> 56:x2}");
        }

        FaultStatus status = new((int)(par >> 1) & 0x3f);
        string stage = (par & (1 << 9)) != 0 ? ", stage 2" : string.Empty;
        string walk = (par & (1 << 8)) != 0 ? ", on a walk of stage 1" : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"PAR_EL1 0x{par:x}: {SyndromeWording.Kind(status.Kind)}{(status.Level is { } level ? $", level {level}" : string.Empty)}{stage}{walk}");
    }
}
