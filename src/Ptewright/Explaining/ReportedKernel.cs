using Ptewright.Kernels.Versions;

namespace Ptewright.Explaining;

/// <summary>What is known of the kernel that a report is of, by its version.</summary>
internal static class ReportedKernel
{
    // asm/memory.h before v5.10: MT_DEVICE_nGnRnE, _nGnRE, _GRE, MT_NORMAL_NC, MT_NORMAL, MT_NORMAL_WT are 0 to 5; arch/arm64/mm/proc.S gives them these bytes.
    private const ulong OldMair = 0xbbff_440c_0400;

    /// <summary>The profile: the kernel's, the nearest, or the one that is assumed where nothing is known.</summary>
    public static KernelProfile ProfileOf(Oops oops)
    {
        if (oops.Version is not { } version)
        {
            return KernelProfiles.Default;
        }

        try
        {
            return KernelProfiles.For(version).Profile;
        }
        catch (InvalidInputException)
        {
            return version.IsAtLeast(5, 4) ? KernelProfiles.Default : KernelProfiles.All[0];
        }
    }

    /// <summary>MAIR_EL1, which says what memory leaves lead to: oopses do not have it, but each version has always the same.</summary>
    public static ulong MairOf(Oops oops)
    {
        // Only kernels before 5.8 print no p4d.
        bool isOld = oops.Version is { } version ? !version.IsAtLeast(5, 10)
            : oops.Entries.Any(entry => entry.Name == TableName.Pud) && oops.Entries.All(entry => entry.Name != TableName.P4d);
        return isOld ? OldMair : ProfileOf(oops).Facts.MairAtBoot;
    }
}
